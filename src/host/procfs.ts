// Text of procfs, which is memory: reading it does not wait.
//
// sync-ok(readFileSync): procfs is memory

import { readFileSync } from "node:fs";

/** @param path below /proc @returns "" for a process that is gone or hidden, and on a host without procfs */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

/** The TCP sockets of this host: proc_net_tcp(5). */
export function tcpTables(): readonly string[] {
  return [readProc("net/tcp"), readProc("net/tcp6")];
}
