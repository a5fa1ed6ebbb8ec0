// The outside facts that planning an installation needs, asked synchronously. Core stays pure by receiving them.

import type { FoundFile } from "./steps.ts";

export interface InstallWorld {
  /** What is at a path, links not followed. Paths are those of the host or image, without the image's root. */
  look(path: string): FoundFile;
  /** Whether a link leads to a directory. */
  leadsToDirectory(path: string): boolean;
  /** The text of a file that `look` found, or null where it is not text or cannot be read. */
  read(path: string): string | null;
  /** SHA-256 of a text as UTF-8, in hexadecimal. */
  hash(text: string): string;
  /** The id of an account, or null when there is none of that name. */
  userId(name: string): number | null;
  groupId(name: string): number | null;
  /** `root:tsv`, with ids where there is no name. */
  ownerName(uid: number, gid: number): string;
  /** Runs a question of the init system: true for exit status 0. Never in an image. */
  ask(argv: readonly string[]): boolean;
}
