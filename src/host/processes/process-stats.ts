// Resource usage of processes, from Linux' /proc. Other systems have no such files; there the answer is null.
//
// sync-ok(closeSync, openSync, readSync): procfs is memory

import { closeSync, openSync, readSync } from "node:fs";
import { Places } from "../../core/base/places.ts";
import { ok, type Result } from "../../core/base/result.ts";
import { type ProcessStat, parseProcessStat, parsePss } from "../../core/usage/program-usage.ts";
import type { Errno } from "../../ports/log-files.ts";
import type { ProcessFacts } from "../../ports/orphans.ts";
import type { ProcessStats, SharedMemory } from "../../ports/process-stats.ts";
import { withinLimit } from "../files/answers.ts";
import { closeFile, LANES, listNames, openForReading, readFile } from "../files/file-calls.ts";
import { readProc } from "../procfs.ts";
import { monotonic } from "../time/clock.ts";

/** sysconf(_SC_CLK_TCK), which Linux fixed for user space on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;
/** So many files are read at once, half a millisecond's worth, before others get their turn. */
const AT_ONCE = 32;

/** Linux has at most four million processes (proc(5), pid_max). */
const MOST_NAMES = 5_000_000;

/** @param root where procfs is mounted */
export function createProcessStats(root = "/proc"): ProcessStats {
  let pageBytes: number | null = null;
  return {
    async sample() {
      if (process.platform !== "linux") return null;
      try {
        pageBytes ??= readPageSize();
        const names = await listNames(root, MOST_NAMES);
        // No procfs, as in some containers and chroots: null means unknown.
        if (!names.ok) return null;
        const pids = names.value.filter((name) => /^\d+$/.test(name));
        const at = monotonic();
        const processes: ProcessStat[] = [];
        for (const [i, pid] of pids.entries()) {
          // Procfs is memory: reading it directly takes a tenth of the time of the thread pool.
          const stat = parseProcessStat(statLine(pid, root));
          if (stat !== null) processes.push(stat);
          if (i % AT_ONCE === AT_ONCE - 1) await turn();
        }
        return { at, ticksPerSecond: TICKS_PER_SECOND, pageBytes, processes };
      } catch {
        return null;
      }
    },
  };
}

/** A line is some 300 bytes; the name in it has 15 at most (proc(5), comm). Reading is synchronous: one is enough. */
const line = Buffer.allocUnsafe(1024);

/** Empty for a process that has exited, or that is hidden (mount option hidepid). */
function statLine(pid: number | string, root = "/proc"): string {
  let fd = -1;
  try {
    fd = openSync(`${root}/${pid}/stat`, "r");
    return line.toString("latin1", 0, readSync(fd, line));
  } catch {
    return "";
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The kernel counts the same size in kilobytes and in pages (proc(5)), which are larger than 4096 bytes on some ARM kernels. */
function readPageSize(): number {
  const [, kilobytes] = /^VmSize:\s+(\d+) kB$/m.exec(readProc("self/status")) ?? [];
  const pages = Number.parseInt(readProc("self/statm"), 10);
  // Something may have been allocated between the two.
  const bytes = 2 ** Math.round(Math.log2((Number(kilobytes) * 1024) / pages));
  return Number.isFinite(bytes) ? bytes : 4096;
}

// Start times of processes, from the kernel. Procfs is memory; reading it does not block.

/** Dead, and waiting to be reaped. */
const IS_DEAD = /\) [ZX] /;

/** Elsewhere than on Linux, and without procfs, no process is known. */
export function createProcessFacts(): ProcessFacts {
  let bootId: string | null = null;
  return {
    get bootId() {
      bootId ??= readProc("sys/kernel/random/boot_id").trim();
      return bootId;
    },
    startTicks(pid) {
      const stat = statLine(pid);
      return IS_DEAD.test(stat) ? null : (parseProcessStat(stat)?.startTicks ?? null);
    },
    uptimeSecs: () => Number.parseFloat(readProc("uptime")) || 0,
  };
}

// Whether a process belongs to a program. Procfs is memory; reading it does not block.

/** Generations between a process and the program's main one. */
const MOST_GENERATIONS = 16;

/**
 * The main process, a descendant of it, or one of its process group that descends from no other program. One that has exited
 * is known no more. A process whose parents have exited descends from none, so another program of the same user can still join
 * the group.
 * @param isMain whether a process is the main one of any program
 */
export function isOfProgram(pid: number, main: number, isMain: (pid: number) => boolean): boolean {
  if (pid <= 0 || main <= 0) return false;
  if (pid === main) return true;
  const sender = parseProcessStat(statLine(pid));
  if (sender === null || isMain(pid)) return false;
  let at = sender.parent;
  for (let depth = 0; depth < MOST_GENERATIONS && at > 1; depth += 1) {
    if (at === main) return true;
    if (isMain(at)) return false;
    at = parseProcessStat(statLine(at))?.parent ?? 0;
  }
  return at <= 1 && sender.group === main;
}

// What a process uses of memory without counting shared pages twice, from /proc/PID/smaps_rollup. The kernel walks the memory of
// the process for it, which takes milliseconds for gigabytes, and waits where that is locked: never on the main thread.

/** A process whose memory is locked for longer is not measured. */
const LIMIT_MS = 2000;
/** The threads that processes with locked memory may hold. */
const MOST_READS = 8;
/** The file has some 700, and comes in one read. */
const ROLLUP_BYTES = 4096;

/** @param root where procfs is mounted */
export function createSharedMemory(root = "/proc"): SharedMemory {
  // Kernels before 4.14 have no such file; where there is one, a process without it has ended.
  let exists = false;
  const places = new Places(MOST_READS);
  /** The thread of each read in progress, by process. One that hangs keeps it. */
  const lanes = new Map<number, number>();
  return {
    async proportionalBytes(pid, claim) {
      if (lanes.has(pid) || !places.take(claim)) return "unknown";
      const taken = new Set(lanes.values());
      const lane = Array.from({ length: MOST_READS }, (_, n) => n).find((n) => !taken.has(n)) ?? 0;
      lanes.set(pid, lane);
      const read = readRollup(`${root}/${pid}/smaps_rollup`, LANES.ofMemory(lane));
      void read.then(() => {
        lanes.delete(pid);
        places.leave(claim);
      });
      const answer = await withinLimit(read, LIMIT_MS);
      if (answer === null) return "unknown";
      exists ||= answer.ok;
      if (answer.ok) return parsePss(answer.value);
      return answer.error === "ESRCH" || (exists && answer.error === "ENOENT") ? 0 : null;
    },
  };
}

/** @param lane of its own, because the memory of the process may be locked */
async function readRollup(path: string, lane: number): Promise<Result<string, Errno>> {
  const opened = await openForReading(path, 0, lane);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  const bytes = Buffer.alloc(ROLLUP_BYTES);
  const got = await readFile(fd, bytes, null, lane);
  await closeFile(fd, lane);
  return got.ok ? ok(bytes.toString("latin1", 0, got.value)) : got;
}
