// Whether two paths refer to the same file, with symlinks resolved.

import type { Probe } from "./probe.ts";

export function isSamePath(left: string, right: string, probe: Pick<Probe, "realPath">): boolean {
  return left === right || (probe.realPath(left) ?? left) === (probe.realPath(right) ?? right);
}
