// Where the output of the last runs of a process begins and ends in the log of one channel.

import type { LogPart } from "../../../core/logs/positions.ts";
import type { PositionState, RunMark } from "../../../core/snapshot/snapshot.ts";
import type { LogWriter } from "../writer/log-writer.ts";

/** The present run, and the last one that has ended. */
const KEPT_RUNS = 2;

type Marked = { -readonly [K in keyof RunMark]: RunMark[K] };

export class RunMarks {
  #runs: readonly Marked[];

  /** @param before those of the predecessor */
  constructor(before: readonly RunMark[] = []) {
    this.#runs = before;
  }

  get state(): readonly RunMark[] {
    return this.#runs;
  }

  /** A run begins; its log is being opened. */
  begin(pid: number, writer: LogWriter): void {
    const run: Marked = { pid, begin: null, end: null };
    this.#runs = [...this.#runs, run].slice(-KEPT_RUNS);
    void writer.mark().then((mark) => {
      run.begin = mark;
    });
  }

  /** The pipe of a run is closed: the log has accepted all its output. */
  end(pid: number, writer: LogWriter): void {
    const run = this.#runs.find((one) => one.pid === pid);
    if (run === undefined) return;
    void writer.mark().then((mark) => {
      run.end = mark;
    });
  }

  /**
   * The output of a run that has ended, also what other processes wrote to the log meanwhile.
   * @returns null if it is unknown: the run is forgotten, its output is still being written, or another process changed the file
   */
  part(pid: number, { position: size, count }: PositionState): LogPart | null {
    const { begin = null, end = null } = this.#runs.find((one) => one.pid === pid) ?? {};
    if (count === null || begin?.epoch !== count.epoch || end?.epoch !== count.epoch) return null;
    const { written, kept } = count;
    const offsetOf = (mark: number): number => size - (written - Math.max(mark, kept));
    const from = offsetOf(begin.offset);
    // Of a log that was cleared, the rest begins with the file. Otherwise, bytes before `kept` may still be there.
    if (begin.offset < kept && from !== 0) return null;
    return { from, to: offsetOf(end.offset), size };
  }
}
