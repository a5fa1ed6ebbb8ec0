// Resource usage of processes, from Linux' /proc. Other systems have no such files; there the answer is null.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { endianness } from "node:os";
import { type ProcessStat, parseProcessStat } from "../../core/usage/proc-stat.ts";
import type { ProcessStats } from "../../ports/process-stats.ts";
import { inLaneWithRoom } from "../files/lanes.ts";
import { monotonic } from "../time/clock.ts";

/** sysconf(_SC_CLK_TCK), which Linux fixed for user space on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** getauxval(3): the size of a page. */
const AT_PAGESZ = 6;
/** So many files are read at once, half a millisecond's worth, before others get their turn. */
const AT_ONCE = 32;
/** A lane of its own, more than any device number: to list ten thousand processes takes the kernel some milliseconds. */
const LANE = 2 ** 52 + 2;
/** A line is some 300 bytes; the name in it has 15 at most (proc(5), comm). */
const LINE_BYTES = 1024;

/** @param root where procfs is mounted */
export function createProcessStats(root = "/proc"): ProcessStats {
  let pageBytes: number | null = null;
  return {
    async sample() {
      if (process.platform !== "linux") return null;
      try {
        pageBytes ??= readPageSize(root);
        const names = await (inLaneWithRoom(LANE, () => readdir(root)) ?? []);
        const pids = names.filter((name) => /^\d+$/.test(name));
        const at = monotonic();
        const line = Buffer.allocUnsafe(LINE_BYTES);
        const processes: ProcessStat[] = [];
        for (const [i, pid] of pids.entries()) {
          // What procfs tells is in memory: reading it here and now takes a tenth of what the thread pool would.
          const stat = readStat(`${root}/${pid}/stat`, line);
          if (stat !== null) processes.push(stat);
          if (i % AT_ONCE === AT_ONCE - 1) await turn();
        }
        return { at, ticksPerSecond: TICKS_PER_SECOND, pageBytes, processes };
      } catch {
        // No procfs, as in some containers and chroots: null means unknown.
        return null;
      }
    },
  };
}

/** Null for a process that has ended since the listing, or that we may not look at (mount option hidepid). */
function readStat(path: string, line: Buffer): ProcessStat | null {
  let fd = -1;
  try {
    fd = openSync(path, "r");
    return parseProcessStat(line.toString("latin1", 0, readSync(fd, line)));
  } catch {
    return null;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** From the auxiliary vector, pairs of machine words (proc(5)): pages are larger than 4096 bytes on some ARM kernels. */
function readPageSize(root: string): number {
  const vector = readFileSync(`${root}/self/auxv`);
  const word = process.arch === "arm" || process.arch === "ia32" ? 4 : 8;
  const at = (offset: number): number => {
    if (word === 4) {
      return endianness() === "LE" ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset);
    }
    const value =
      endianness() === "LE" ? vector.readBigUInt64LE(offset) : vector.readBigUInt64BE(offset);
    return Number(value);
  };
  for (let offset = 0; offset + 2 * word <= vector.length; offset += 2 * word) {
    if (at(offset) === AT_PAGESZ) return at(offset + word);
  }
  return 4096;
}
