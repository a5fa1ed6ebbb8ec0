// What a start has gathered for the environment of its program, besides what the daemon knows by itself. It is kept while the
// program runs: commands of its checks get it too, and `tsv env` shows it.

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
  /** For user_env; null without it, and for a user that the host does not know. */
  readonly user: UserEntry | null;
  /** Of env_file, in its order, without optional files that are missing. */
  readonly files: readonly GatheredFile[];
  /** The output of env_command; null without one. */
  readonly command: readonly EnvVariable[] | null;
}

/** Of a program without such options. */
export const NOTHING_GATHERED: Gathered = { user: null, files: [], command: null };
