// A daemon and its keeper: tests know the pid of the keeper, which is the one that users know.

import { daemonOf } from "../../src/host/keeper/kept-process.ts";

/** The daemon's own process: the child of a keeper, or the process itself if it has none. */
export function daemonProcess(pid: number): number {
  return Number(daemonOf(pid) ?? pid);
}
