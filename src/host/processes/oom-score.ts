// Which process the kernel kills when memory runs out (proc(5), /proc/pid/oom_score_adj). A daemon that is protected must
// not pass that on: a program with a leak would be protected too.
//
// sync-ok(readFileSync): procfs is memory

import { readFileSync } from "node:fs";

/** The part of a program's start that is about its score. */
interface OomScoreRequest {
  readonly oomScoreAdj?: number;
}

let known: OomScoreRequest | null = null;

/** What a program's start asks for. Our own score is read once: it does not change while the daemon runs. */
export function programOomScore(): OomScoreRequest {
  known ??= oomScoreRequest(ownScore());
  return known;
}

/** The ordinary score where the daemon's is lower, otherwise to keep the daemon's. */
export function oomScoreRequest(own: number): OomScoreRequest {
  return own < 0 ? { oomScoreAdj: 0 } : {};
}

function ownScore(): number {
  try {
    return Number(readFileSync("/proc/self/oom_score_adj", "latin1"));
  } catch {
    // Not Linux, or no /proc: then it was not lowered either.
    return 0;
  }
}
