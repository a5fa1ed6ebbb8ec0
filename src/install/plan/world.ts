// Facts that planning an installation needs, read synchronously, so that planning stays pure.

import type { FoundFile } from "./steps.ts";

export interface InstallWorld {
  /** The file at a path, without following symlinks. Paths are those of the host or image, without the image's root. */
  look(path: string): FoundFile;
  /** Whether a symlink points to a directory. */
  leadsToDirectory(path: string): boolean;
  /** The text of a file that `look` found, or null if it is not text or cannot be read. */
  read(path: string): string | null;
  /** SHA-256 of a text as UTF-8, in hexadecimal. */
  hash(text: string): string;
  /** The id of an account, or null if there is none of that name. */
  userId(name: string): number | null;
  groupId(name: string): number | null;
  /** `root:tsv`, with ids if there is no name. */
  ownerName(uid: number, gid: number): string;
  /** Runs a query of the init system: true for exit status 0. Never in an image. */
  ask(argv: readonly string[]): boolean;
}
