// What a process uses of memory without counting shared pages twice, from /proc/PID/smaps_rollup. The kernel walks the memory of
// the process for it, which takes milliseconds for gigabytes, and waits where that is locked: never on the main thread.

import { readFile } from "node:fs/promises";
import { parsePss } from "../../core/usage/smaps-rollup.ts";
import type { SharedMemory } from "../../ports/process-stats.ts";
import { codeOf } from "../error-code.ts";
import { withinLimit } from "../files/answers.ts";
import { inLaneWithRoom } from "../files/lanes.ts";

/** A lane of its own: more than any device number. */
const LANE = 2 ** 52 + 1;
/** A process whose memory is locked for longer is not measured. */
const LIMIT_MS = 2000;

/** null: unknown. */
interface Answer {
  readonly bytes: number | null;
}

/** @param root where procfs is mounted */
export function createSharedMemory(root = "/proc"): SharedMemory {
  // Kernels before 4.14 have no such file; where there is one, a process without it has ended.
  let exists = false;
  const read = async (path: string): Promise<Answer> => {
    try {
      const bytes = parsePss(await readFile(path, "latin1"));
      exists = true;
      return { bytes };
    } catch (error) {
      const code = codeOf(error);
      return { bytes: code === "ESRCH" || (exists && code === "ENOENT") ? 0 : null };
    }
  };
  return {
    async proportionalBytes(pid) {
      const reading = inLaneWithRoom(LANE, () => read(`${root}/${pid}/smaps_rollup`));
      const answer = reading === null ? null : await withinLimit(reading, LIMIT_MS);
      return answer === null ? 0 : answer.bytes;
    },
  };
}
