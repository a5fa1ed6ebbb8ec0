// Whether a process of this host listens on a TCP port, from proc(5).
//
// sync-ok(readFileSync, readdirSync, readlinkSync): procfs is memory

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";

/** False also when the process is gone, or another user's. */
export function listensOnTcp(pid: number): boolean {
  const inodes = new Set(
    [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`].flatMap((table) =>
      quietly(() => readFileSync(table, "utf8"), "")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .flatMap((fields) => (fields[3] === LISTEN ? [`socket:[${fields[9]}]`] : [])),
    ),
  );
  if (inodes.size === 0) return false;
  return quietly(() => readdirSync(`/proc/${pid}/fd`), []).some((fd) =>
    inodes.has(quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "")),
  );
}

function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise; // gone meanwhile, or not ours to see
  }
}
