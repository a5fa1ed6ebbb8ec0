// Names of processes: `group:name` internally, only `name` in text for users if group and name are the same.

declare const keyBrand: unique symbol;

/** `group:name`, the identity of a process while its group is active. */
export type ProcessKey = string & { readonly [keyBrand]: true };

/** The key of a process. Group and process names cannot contain `:` (Supervisor, section 2.1), so it is unique. */
export function processKey(group: string, name: string): ProcessKey {
  return `${group}:${name}` as ProcessKey;
}

/** What a user wrote to name processes: one process, or every process of a group. */
export interface Namespec {
  readonly group: string;
  /** null for the whole group (`group:*` and `group:`). */
  readonly process: string | null;
}

/** Splits at the first colon; a bare name means the process of that name in the group of that name. */
export function parseNamespec(text: string): Namespec {
  const colon = text.indexOf(":");
  if (colon < 0) return { group: text, process: text };
  const process = text.slice(colon + 1);
  return {
    group: text.slice(0, colon),
    process: process === "" || process === "*" ? null : process,
  };
}

/** The way ctl shows a process: the bare name when it equals its group's. */
export function displayName(group: string, name: string): string {
  return group === name ? name : `${group}:${name}`;
}

/** The same for a key. */
export function displayKey(key: ProcessKey): string {
  const { group, process } = parseNamespec(key);
  return displayName(group, process ?? "");
}

// Contents of pid files and lock files: a pid, or nothing.

/** The longest content, in bytes, that is taken for a pid. */
export const LONGEST_PID_TEXT = 32;

/**
 * `isPlausible`: it is a pid or nothing, so that the file may be one of a daemon's. Nothing is also what file systems leave of text that
 * was not written when the power went: NUL bytes, where the size was.
 */
export function readPidText(text: string): {
  readonly pid: number | null;
  readonly isPlausible: boolean;
} {
  const digits = /^(?:\s*(\d{1,10})?\s*|\0+)$/.exec(text);
  const pid = digits?.[1] === undefined ? null : Number(digits[1]);
  return { pid, isPlausible: digits !== null && text.length <= LONGEST_PID_TEXT };
}
