// Values that contain quotes or a comment without a space before it by mistake. Only the checks of syntax report them, not
// the checks of the files that they name.

import { dirname } from "../../core/config/paths.ts";
import type { Probe } from "./probe.ts";

/** Around the whole value. */
export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value);
}

/** Whether a file or directory with exactly this name exists, so that it is intended. @param value an absolute path */
export function hasGluedComment(value: string, probe: Probe): boolean {
  const sign = value.search(/(?<=[^\s;]);/);
  if (sign < 0 || !value.startsWith("/")) return false;
  return !probe.look(value).ok && !(dirname(value).includes(";") && probe.look(dirname(value)).ok);
}
