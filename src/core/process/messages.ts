// Lines of the activity log about processes. Users' tools parse them, so the texts are Supervisor's (section 5.2);
// like Supervisor's they show the process name without its group.

import type { ProcessConfig } from "../config/model.ts";
import { durationText, sizeText } from "../config/quantities.ts";
import type { ExitOutcome, LeftProcesses } from "./model.ts";
import { signalName } from "./signals.ts";

/** "exit status 3", "terminated by SIGSEGV (core dumped)". */
export function describeOutcome(outcome: ExitOutcome): string {
  if (outcome.signal === null) return `exit status ${outcome.exitCode ?? -1}`;
  return `terminated by ${signalName(outcome.signal)}${outcome.coreDumped ? " (core dumped)" : ""}`;
}

/** "1 process", "3 processes". */
function processes(count: number): string {
  return `${count} ${count === 1 ? "process" : "processes"}`;
}

export const messages = {
  spawned: (name: string, pid: number) => `spawned: '${name}' with pid ${pid}`,
  spawnErr: (text: string) => `spawnerr: ${text}`,
  hostFailed: (text: string) =>
    `${text} (the host failed, not the program: tsv retries until it starts)`,
  startAbandoned: (name: string) => `stopped: ${name} (before it executed)`,
  success: (name: string, startSecs: number) =>
    `success: ${name} entered RUNNING state, process has stayed up for > than ${startSecs} seconds (startsecs)`,
  exited: (name: string, outcome: ExitOutcome, expected: boolean) =>
    `exited: ${name} (${describeOutcome(outcome)}; ${expected ? "expected" : "not expected"})`,
  endsDaemon: (name: string, rule: string, status: number) =>
    `${name} has ended (${rule}): stopping everything, exit status ${status}`,
  gaveUp: (name: string) =>
    `gave up: ${name} entered FATAL state, too many start retries too quickly`,
  hookFailed: (name: string, hook: string, text: string) => `${hook} of ${name} failed: ${text}`,
  hookLate: "its time is over",
  notStopped: "the program has not exited in time",
  waitsForHook: (hook: string) => `waiting for its ${hook}`,
  ready: (name: string) => `ready: ${name}`,
  notReady: (target: string, time: string, result: string) =>
    `Not ready within ${time}: ${target}${result === "" ? "" : `: ${result}`}`,
  unrelatedNotification: (name: string, pid: number) =>
    `a notify message for ${name} is ignored: process ${pid === 0 ? "of another namespace" : pid} is not one of its own`,
  startFailed: (name: string, text: string) => `start of ${name} failed: ${text}`,
  limitReached: (name: string, count: number) =>
    `gave up: ${name} entered FATAL state, more than ${count} failures within restart_limit`,
  oneshotFailed: (name: string, times: number) =>
    `gave up: ${name} entered FATAL state, it failed ${times === 1 ? "once" : `${times} times`}`,
  waits: (name: string, text: string) => `start of ${name} is ${text}`,
  waitsForStarts: "waiting for other starts, of which too many hang",
  startsDependency: (name: string, by: string) => `starting ${name}, because ${by} needs it`,
  stopped: (name: string, outcome: ExitOutcome) => `stopped: ${name} (${describeOutcome(outcome)})`,
  killing: (name: string, pid: number, target: "process" | "group", signal: number) =>
    `killing ${name} (pid ${pid}) ${target === "group" ? "process group " : ""}with signal ${signalName(signal)}`,
  escalating: (name: string, pid: number) => `killing '${name}' (${pid}) with SIGKILL`,
  killedInBackoff: (name: string) => `Attempted to kill ${name}, which is in BACKOFF state.`,
  alreadyRunning: (name: string) => `process '${name}' already running`,
  killGone: (name: string, pid: number) =>
    `unable to signal ${name} (pid ${pid}), it probably just exited on its own: [Errno 3] No such process`,
  killFailed: (name: string, pid: number, errno: string) =>
    `unknown problem killing ${name} (${pid}): kill(2) failed with ${errno}`,
  signalling: (name: string, pid: number, signal: number) =>
    `sending ${name} (pid ${pid}) sig ${signalName(signal)}`,
  signalGone: (name: string, pid: number) =>
    `unable to signal ${name} (pid ${pid}), it probably just now exited on its own: [Errno 3] No such process`,
  signalNotRunning: (name: string, signal: number) =>
    `attempted to send ${name} sig ${signalName(signal)} but it wasn't running`,
  signalFailed: (name: string, pid: number, errno: string) =>
    `unknown problem sending sig ${name} (${pid}): kill(2) failed with ${errno}`,
  reapedUnknown: (pid: number, outcome: ExitOutcome) =>
    `reaped unknown pid ${pid} (${describeOutcome(outcome)})`,
  socketCreating: (url: string) => `Creating socket ${url}`,
  socketClosing: (url: string) => `Closing socket ${url}`,
  socketFailed: (url: string, reason: string) =>
    `Could not create socket ${url}: ${reason.replace(/\.$/, "")}`,
  socketAsBefore: (url: string, reason: string) => `Could not change socket ${url}: ${reason}`,
  fcgiFailed: (url: string, reason: string) => `Could not create FastCGI socket ${url}: ${reason}`,
  noCgroups: (reason: string) => `kill_mode=cgroup acts as kill_mode=tree: ${reason}`,
  leftEnded: (name: string, { ended }: LeftProcesses) =>
    `${name}: ${processes(ended)} that it left ${ended === 1 ? "was" : "were"} ended`,
  leftRunning: (name: string, { running }: LeftProcesses) =>
    `${name}: ${processes(running)} that it left ${running === 1 ? "runs" : "run"} still: SIGKILL has not ended ${running === 1 ? "it" : "them"}`,
  leftBehind: (name: string, pid: number) =>
    `SIGKILL has not ended '${name}' (${pid}), its part of shutdown_grace is over, leaving it behind`,
  waitingToDie: (names: readonly string[]) => `waiting for ${names.join(", ")} to die`,
} as const;

/** Texts about programs that are watched. */
export const healthMessages = {
  healthy: (name: string) => `healthy: ${name}`,
  unhealthy: (name: string, failed: string) => `unhealthy: ${name}: ${failed}`,
  /** A check that failed through the host. */
  notChecked: (result: string) => `not checked: ${result}`,
  ofHealth: (name: string, result: string) => `health of ${name}: ${result}`,
  restarting: (name: string, text: string) => `restarting ${name}: ${text}`,
  signalling: (name: string, pid: number, signal: number) =>
    `sending ${name} (pid ${pid}) sig ${signalName(signal)}, because it is unhealthy`,
  /** "connection refused (3 of 3)" */
  failed: (result: string, failures: number, retries: number) =>
    `${result === "" ? "no answer" : result} (${Math.min(failures, retries)} of ${retries})`,
  isUnhealthy: (failed: string) => `unhealthy: ${failed}`,
  memory: (bytes: number, limit: number) => `${sizeText(bytes)} of ${sizeText(limit)} used`,
  age: ({ maxAge }: Pick<ProcessConfig, "maxAge">) =>
    `max_age ${durationText(maxAge ?? 0)} is over`,
} as const;
