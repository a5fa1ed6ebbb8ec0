// The variables that a start gathers for its program: from the user database, files and a command. They are kept while the
// program runs: the commands of its checks get them too, and `tsv env` shows them.

import type { EnvVariable } from "./env-file.ts";

/** A user's entry in the user database. */
export interface UserEntry {
  readonly name: string;
  readonly home: string;
  /** Empty for /bin/sh, passwd(5). */
  readonly shell: string;
}

/** The variables of a file. */
export interface GatheredFile {
  readonly path: string;
  readonly variables: readonly EnvVariable[];
}

export interface Gathered {
  /** For user_env; null without that option, and for a user without an entry. */
  readonly user: UserEntry | null;
  /** The files of env_file, in its order, without missing optional files. */
  readonly files: readonly GatheredFile[];
  /** The output of env_command; null without one. */
  readonly command: readonly EnvVariable[] | null;
}

/** For a program without these options. */
export const NOTHING_GATHERED: Gathered = { user: null, files: [], command: null };
