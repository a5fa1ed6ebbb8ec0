// Whether processes have locked a file.

import { isLocked } from "../../core/base/procfs.ts";
import type { Probe } from "./probe.ts";

/** null if the locks of this host cannot be read. */
export function isFileLocked(path: string, inode: number, probe: Probe): boolean | null {
  const table = probe.readText("/proc/locks");
  if (table === null) return null;
  return isLocked(table, { inode, device: probe.fileSystem(path)?.lockDevice ?? null });
}
