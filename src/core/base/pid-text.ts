// Contents of pid files and lock files: a pid, or nothing.

/** The longest content, in bytes, that is taken for a pid. */
export const LONGEST_PID_TEXT = 32;

/** `isPlausible`: it is a pid or nothing, so that the file may be one of a daemon's. */
export function readPidText(text: string): {
  readonly pid: number | null;
  readonly isPlausible: boolean;
} {
  const digits = /^\s*(\d{1,10})?\s*$/.exec(text);
  const pid = digits?.[1] === undefined ? null : Number(digits[1]);
  return { pid, isPlausible: digits !== null && text.length <= LONGEST_PID_TEXT };
}
