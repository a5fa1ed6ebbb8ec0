// The spawner on a real host: LaunchSpec → one native call and a verdict; deaths after verdicts; signals → answers.
// Nothing else in the daemon may have children. Those of programs are the keeper's, if there is one.

import { endsLeftovers, isMark } from "../../core/process/leftovers.ts";
import { limitProblem } from "../../core/process/limit-errors.ts";
import { cgroupSettings } from "../../core/process/program-limits.ts";
import type { LimitCounts } from "../../core/process/reached-limits.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type {
  LaunchSpec,
  PendingSpawn,
  Reaped,
  Spawner,
  SpawnResult,
} from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import { kept } from "../keeper/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { limitFacts } from "../system/limits.ts";
import { type CgroupPlace, placeInCgroup } from "./cgroups.ts";
import { markedWith, noteCgroup } from "./leftovers.ts";
import { spawnOnPty } from "./pty.ts";
import { entryOf, programOomScore, START, type StartRequest } from "./start-process.ts";
import { Starts } from "./starts.ts";

/** The spawner of this process, with the starts of others' children: one per process. */
export interface HostSpawner extends Spawner {
  readonly starts: Starts;
}

/**
 * @param pipes announce the verdicts
 * @param free frees a descriptor that the daemon needs less than a program; false if there is none
 */
export function createSpawner(pipes: Pipes, free: () => boolean = () => false): HostSpawner {
  const starts = new Starts(pipes, free);
  return {
    starts,
    spawn: (spec, settled, leave) => {
      const cgroup = cgroupOf(spec);
      if (!cgroup.ok) {
        leave?.();
        settled(cgroup);
        return { abandon: () => cgroup.error.stage };
      }
      const told = (result: SpawnResult): void => settled(explained(result, spec));
      const placed = { ...spec, env: environmentOf(spec, cgroup.value), cgroup: cgroup.value };
      return (spec.tty ? spawnOnPty : spawnOnPipes)(starts, placed, told, leave);
    },
    admit: (...asked) => starts.admissions.admit(...asked),
    find: (...asked) => starts.find(...asked),
    settle: () => starts.settle(),
    resize,
    *reap() {
      yield* reap((pid) => starts.dying(pid)).filter(({ pid }) => starts.died(pid));
      yield* reported(starts);
    },
    kill,
  };
}

function spawnOnPipes(
  starts: Starts,
  spec: LaunchSpec & Pick<StartRequest, "cgroup">,
  settled: (result: SpawnResult) => void,
  leave = () => {},
): PendingSpawn {
  const request: StartRequest = {
    ...{ ...spec, leave },
    ...programOomScore(),
    file: spec.candidates,
    ...entryOf(spec),
    flags:
      START.stdoutPipe |
      (spec.stdinFd === null ? START.stdinPipe : 0) |
      (spec.redirectStderr ? START.redirectStderr : START.stderrPipe),
    descriptors: [
      ...(spec.stdinFd === null ? [] : [{ target: 0, source: spec.stdinFd }]),
      ...(spec.passed ?? []),
    ],
  };
  return starts.begin(request, (result) => {
    if (!result.ok) {
      settled(result);
      return;
    }
    const { pid, stdin, stdout, stderr } = result.value;
    const value = { pid, stdin: orNull(stdin), stdout, stderr: orNull(stderr) };
    settled({ ok: true, value });
  });
}

const NO_CGROUP: CgroupPlace = { ok: true, value: [] };

/** Of a program with limits of cgroups or kill_mode=cgroup, as `StartRequest.cgroup` has it; empty for others. */
function cgroupOf({ limits = {}, owner }: LaunchSpec): CgroupPlace {
  const settings = cgroupSettings(limits);
  const hasLimits = settings.length > 0;
  if (owner === undefined || !(hasLimits || owner.killMode === "cgroup")) return NO_CGROUP;
  const place = placeInCgroup(owner.key, settings);
  // Without a cgroup, kill_mode=cgroup acts as tree.
  return place.ok || hasLimits ? place : NO_CGROUP;
}

/** With the mark of a program whose descendants no cgroup tells. */
function environmentOf({ env, owner }: LaunchSpec, cgroup: readonly string[]): readonly string[] {
  if (owner === undefined || !endsLeftovers({ killMode: owner.killMode ?? null })) return env;
  if (owner.killMode === "tree" || cgroup.length === 0) {
    // Of a daemon that is a program of another one, the environment has a mark already.
    return [...env.filter((each) => !isMark(each)), markedWith(owner.key)];
  }
  noteCgroup(owner.key);
  return env;
}

/** A limit that could not be set is named, with the reason. */
function explained(result: SpawnResult, { limits }: LaunchSpec): SpawnResult {
  if (result.ok || limits === undefined) return result;
  const detail = limitProblem(result.error, limits, limitFacts());
  return detail === null ? result : { ok: false, error: { ...result.error, detail } };
}

function orNull(fd: number): number | null {
  return fd < 0 ? null : fd;
}

function resize(fd: number, { rows, columns }: WindowSize): string | null {
  const result = posix().setWindowSize(fd, rows, columns);
  return result < 0 ? errnoName(result) : null;
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

// Reaps all dead children, orphans included, into records.

const record = new Float64Array(7);
/** Records of the keeper: MOST_DEAD of protocol.h, of as many values. */
const VALUES = 8;
const records = new Float64Array(16 * VALUES);

/**
 * Every child that has died since the last call, without waiting.
 * @param dying is called before each is reaped: its number, and that of its group, are no other's yet
 */
export function reap(dying: (pid: number) => LimitCounts = () => ({})): readonly Reaped[] {
  const reaped: Reaped[] = [];
  for (let pid = posix().deadChild(); pid > 0; pid = posix().deadChild()) {
    const reached = dying(pid);
    const count = posix().reap(pid, record);
    if (count < 0) break;
    if (count > 0) reaped.push({ ...readRecord(record), reached });
  }
  return reaped;
}

/** The exits that the keeper has reported. It reaps these children when they are recorded, and reports the next. */
function* reported(starts: Starts): Generator<Reaped> {
  const keeper = kept();
  if (keeper === null) return;
  for (let count = keeper.exits(records); count > 0; count = keeper.exits(records)) {
    const all = Array.from({ length: count }, (_, index) => {
      const values = records.subarray(index * VALUES, (index + 1) * VALUES);
      return { dead: readRecord(values), isHelper: values[VALUES - 1] !== 0 };
    });
    for (const { dead, isHelper } of all) {
      const reached = starts.dying(dead.pid);
      if (!isHelper && starts.died(dead.pid)) yield { ...dead, reached };
      keeper.programs.clear(dead.pid);
    }
    keeper.reaped();
  }
}

function readRecord(values: Float64Array): Reaped {
  const [pid = 0, code = -1, signal = -1, core = 0, user = 0, system = 0, peak = 0] = values;
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
