// The spawner on a real host: LaunchSpec → one native call; dead children → records; signals → answers.
// Nothing else in the daemon may have children: reap() takes all of them, orphans included.

import type { LaunchSpec, Reaped, Spawner, SpawnResult } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import { errnoName, posix } from "../posix.ts";
import { programOomScore } from "./oom-score.ts";
import { spawnOnPty } from "./pty-spawn.ts";
import { START, startProcess } from "./start-process.ts";

const RECORD = 7;
const records = new Float64Array(RECORD * 64);

/** The only spawner there is. It keeps no state: the kernel has the list of children. */
export const spawner: Spawner = { spawn, resize, reap, kill };

function spawn(spec: LaunchSpec): SpawnResult {
  if (spec.tty) return spawnOnPty(spec);
  const started = startProcess({
    ...spec,
    ...programOomScore(),
    flags:
      START.stdoutPipe |
      (spec.stdinFd === null ? START.stdinPipe : 0) |
      (spec.redirectStderr ? START.redirectStderr : START.stderrPipe),
    descriptors: spec.stdinFd === null ? [] : [{ target: 0, source: spec.stdinFd }],
  });
  if (!started.ok) return started;
  const { pid, stdin, stdout, stderr } = started.value;
  return {
    ok: true,
    value: { pid, stdin: stdin < 0 ? null : stdin, stdout, stderr: stderr < 0 ? null : stderr },
  };
}

function resize(fd: number, { rows, columns }: WindowSize): string | null {
  const result = posix().setWindowSize(fd, rows, columns);
  return result < 0 ? errnoName(result) : null;
}

function reap(): readonly Reaped[] {
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

function kill(
  pid: number,
  signal: number,
  target: "process" | "group",
): ReturnType<Spawner["kill"]> {
  const result = posix().kill(pid, signal, target === "group" ? 1 : 0);
  if (result === 0) return "sent";
  const errno = errnoName(result);
  return errno === "ESRCH" ? "gone" : { errno };
}
