// Size limits of a configuration: far beyond any real one, and small enough that a file named by mistake, or by another user,
// cannot use up memory or time.

const MB = 1024 * 1024;

/** Bytes of one file. */
export const MOST_FILE_BYTES = 4 * MB;
/** Files that [include] may name. */
export const MOST_FILES = 10_000;
/** Characters of all files together. */
export const MOST_TEXT = 64 * MB;
/** Names of files that one include pattern may have to look at. */
export const MOST_NAMES = 100_000;
/** Templates that one program may extend, with those that they extend. */
export const MOST_TEMPLATES = 64;
/** numprocs. */
export const MOST_COPIES = 10_000;
/** Processes of all programs together. */
export const MOST_PROCESSES = 50_000;
/** Characters that one value may have once it is expanded. */
export const LONGEST_VALUE = MB;
/** Characters of all expanded values together. */
export const MOST_EXPANDED = 64 * MB;

/** Bytes of one file of variables, and of the output of an env_command. */
export const MOST_ENV_BYTES = MB;
/** Bytes of one variable with its name, `=` and the NUL at its end: more is refused by execve(2) (MAX_ARG_STRLEN). */
export const LONGEST_VARIABLE = 128 * 1024;

/** `4 MB`. */
export function inMegabytes(bytes: number): string {
  return `${bytes / MB} MB`;
}
