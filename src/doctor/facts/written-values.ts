// Values that hold what was not meant to be part of them: quotes, and comments without a blank before them. Checks of what a
// value names leave them to the checks of how it is written.

import { dirname } from "../../core/config/paths.ts";
import type { Probe } from "./probe.ts";

/** From its first character to its last. */
export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value);
}

/** A file that has this very name, or a directory that is part of it, was meant. @param value an absolute path */
export function hasGluedComment(value: string, probe: Probe): boolean {
  const sign = value.search(/(?<=[^\s;]);/);
  if (sign < 0 || !value.startsWith("/")) return false;
  return !probe.look(value).ok && !(dirname(value).includes(";") && probe.look(dirname(value)).ok);
}
