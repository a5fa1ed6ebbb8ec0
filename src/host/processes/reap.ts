// Reaps all dead children, orphans included, into records.

import type { Reaped } from "../../ports/spawner.ts";
import { posix } from "../posix.ts";

const RECORD = 7;
const records = new Float64Array(RECORD * 64);

/** Every child that has died since the last call, without waiting. */
export function reap(): readonly Reaped[] {
  const reaped: Reaped[] = [];
  for (;;) {
    const count = posix().reap(records);
    for (let i = 0; i < count; i++) reaped.push(readRecord(i * RECORD));
    if (count * RECORD < records.length) return reaped;
  }
}

function readRecord(at: number): Reaped {
  const [pid = 0, code = -1, signal = -1, core = 0, user = 0, system = 0, peak = 0] =
    records.subarray(at, at + RECORD);
  return {
    pid,
    exitCode: code < 0 ? null : code,
    signal: signal < 0 ? null : signal,
    coreDumped: core !== 0,
    userMicros: user,
    systemMicros: system,
    maxRssKb: peak,
  };
}
