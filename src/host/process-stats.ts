// What processes use, from Linux' /proc. Other systems have no such files, and there the answer is null.

import { readdir, readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { type ProcessStat, parseProcessStat } from "../core/web/proc-stat.ts";
import type { ProcessStats } from "../ports/process-stats.ts";
import { monotonic } from "./clock.ts";

/** sysconf(_SC_CLK_TCK), which Linux fixed for user space on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** getauxval(3): the size of a page. */
const AT_PAGESZ = 6;
/** So many files are read at once: a host with thousands of processes must not fill the thread pool's queue. */
const AT_ONCE = 32;

/** @param root where procfs is mounted */
export function createProcessStats(root = "/proc"): ProcessStats {
  let pageBytes: number | null = null;
  return {
    async sample() {
      if (process.platform !== "linux") return null;
      try {
        pageBytes ??= await readPageSize(root);
        const pids = (await readdir(root)).filter((name) => /^\d+$/.test(name));
        const at = monotonic();
        const processes: ProcessStat[] = [];
        for (let from = 0; from < pids.length; from += AT_ONCE) {
          const some = pids.slice(from, from + AT_ONCE);
          for (const stat of await Promise.all(some.map((pid) => readStat(root, pid)))) {
            if (stat !== null) processes.push(stat);
          }
        }
        return { at, ticksPerSecond: TICKS_PER_SECOND, pageBytes, processes };
      } catch {
        // No procfs here, as in some containers and chroots: then it cannot be told, which null says.
        return null;
      }
    },
  };
}

/** Null for a process that has ended since the listing, or that we may not look at (mount option hidepid). */
async function readStat(root: string, pid: string): Promise<ProcessStat | null> {
  try {
    return parseProcessStat(await readFile(`${root}/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}

/** From the auxiliary vector, pairs of machine words (proc(5)): pages are larger than 4096 bytes on some ARM kernels. */
async function readPageSize(root: string): Promise<number> {
  const vector = await readFile(`${root}/self/auxv`);
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
