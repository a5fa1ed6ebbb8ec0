// Reaps all dead children, orphans included, into records.

import type { Reaped } from "../../ports/spawner.ts";
import { posix } from "../posix.ts";

const record = new Float64Array(7);

/**
 * Every child that has died since the last call, without waiting.
 * @param dying is called before each is reaped: its number, and that of its group, are no other's yet
 */
export function reap(dying: (pid: number) => void = () => {}): readonly Reaped[] {
  const reaped: Reaped[] = [];
  for (let pid = posix().deadChild(); pid > 0; pid = posix().deadChild()) {
    dying(pid);
    const count = posix().reap(pid, record);
    if (count < 0) break;
    if (count > 0) reaped.push(readRecord());
  }
  return reaped;
}

function readRecord(): Reaped {
  const [pid = 0, code = -1, signal = -1, core = 0, user = 0, system = 0, peak = 0] = record;
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
