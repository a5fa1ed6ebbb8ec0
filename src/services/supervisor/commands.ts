// The commands of SupervisorApi: they start and stop processes and wait for the outcome, send signals and
// input, add and remove groups and programs.

import { displayKey, type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { hasDependencies, problemOfJoining } from "../../core/config/dependencies.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { messages } from "../../core/process/messages.ts";
import { isDown, isSignallableState, pidOf, publicState } from "../../core/process/model.ts";
import {
  livePid,
  type ProcessRecord,
  type StartOutcome,
  type SupervisorInput,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { EventsApi } from "../events/api.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import { processView } from "./views.ts";
import {
  abandonedResult,
  type CommandResult,
  changeOutcome,
  DONE,
  nameOf,
  rejectionFault,
  type StartRequests,
  startResult,
  stopResult,
  type Waiters,
} from "./waiters.ts";

interface CommandsDeps {
  readonly loop: Loop;
  readonly children: Pick<Children, "probe" | "settle" | "writeStdin" | "resize">;
  readonly spawner: Pick<Spawner, "kill">;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly configuration: Configuration;
  readonly activity: Pick<ActivityLog, "log">;
  readonly events: Pick<EventsApi, "supervisorChanged">;
}

type GroupCommands = Pick<SupervisorApi, "addGroup" | "removeGroup"> & {
  /** Adds every group of the configuration, then starts programs with autostart. @returns when all starts were requested */
  begin(): Promise<void>;
};

type ProcessCommands = Pick<
  SupervisorApi,
  "checkStart" | "start" | "stop" | "restartProcess" | "whenStopped" | "whenRunEnds"
>;
type ProcessInput = Pick<SupervisorApi, "signal" | "writeStdin" | "resize">;
type RuntimePrograms = Pick<SupervisorApi, "addProgram" | "removeProcess">;

export type Commands = ProcessCommands & ProcessInput & GroupCommands & RuntimePrograms;

/** All commands about processes, groups and programs. */
export function createCommands(deps: CommandsDeps): Commands {
  return {
    ...createProcessCommands(deps),
    ...createProcessInput(deps),
    ...createGroupCommands(deps),
    ...createRuntimePrograms(deps),
  };
}

function recordOf({ state }: Loop, key: ProcessKey): ProcessRecord | null {
  return state.processes.get(key) ?? null;
}

function createProcessCommands({
  loop,
  children,
  waiters,
  requests,
  activity,
}: CommandsDeps): ProcessCommands {
  const currentPid = (key: ProcessKey): number => {
    const record = recordOf(loop, key);
    return record === null ? 0 : pidOf(record.state);
  };
  const whenDown = (key: ProcessKey): Promise<CommandResult> =>
    waiters.wait(key, () => stopResult(recordOf(loop, key)), abandonedResult);
  const checkStart = (key: ProcessKey): Promise<CommandResult> => {
    const record = recordOf(loop, key);
    if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
    return new Promise((resolve) => {
      children.probe(record, (problem) => {
        if (problem === null) resolve(DONE);
        else if (problem.kind === "late") resolve(err(fault("FAILED", problem.text)));
        else resolve(err(rejectionFault(problem, record, key)));
      });
    });
  };
  return {
    checkStart,
    async restartProcess(key) {
      const checked = await checkStart(key);
      if (!checked.ok) return checked;
      if (loop.state.daemonState !== "RUNNING") return SHUTTING_DOWN;
      if (currentPid(key) === 0) return err(fault("NOT_RUNNING", displayKey(key)));
      children.settle();
      loop.post({ kind: "restart", key });
      const verdict = (): CommandResult | undefined => resultOfRestart(loop, key);
      return await waiters.wait(key, verdict, abandonedResult);
    },
    start(key, wait) {
      let outcome: StartOutcome | null = null;
      requests.add(key, (settled) => {
        outcome = settled;
      });
      loop.post({ kind: "start", key });
      const verdict = (): CommandResult | undefined =>
        outcome === null ? undefined : resultOfStart(key, recordOf(loop, key), outcome, wait);
      return waiters.wait(key, verdict, abandonedResult);
    },
    stop(key, wait, together) {
      const record = recordOf(loop, key);
      if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
      if (!processView(record, loop.state).stoppable) {
        return Promise.resolve(err(fault("NOT_RUNNING", nameOf(record))));
      }
      // A program that executes already is stopped with its own signal.
      children.settle();
      loop.post({ kind: "stop", key, ...(together === undefined ? {} : { together }) });
      const now = stopResult(recordOf(loop, key));
      if (now !== undefined) return Promise.resolve(now);
      if (!wait) return Promise.resolve(DONE);
      activity.log("INFO", `waiting for ${record.config.name} to stop`);
      return whenDown(key);
    },
    whenStopped(key) {
      const record = recordOf(loop, key);
      if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
      const isStopping = record.state.phase.kind === "STOPPING";
      return isStopping ? whenDown(key) : Promise.resolve(DONE);
    },
    whenRunEnds(key, ended) {
      const pid = currentPid(key);
      if (pid === 0) {
        ended();
        return () => {};
      }
      const forget = waiters.watch(key, () => {
        if (currentPid(key) === pid) return;
        forget();
        ended();
      });
      return forget;
    },
  };
}

function resultOfRestart(loop: Loop, key: ProcessKey): CommandResult | undefined {
  const outcome = changeOutcome(loop.state, key);
  switch (outcome) {
    case "up":
    case "done":
      return DONE;
    case "failed":
      return err(fault("SPAWN_ERROR", failureText(recordOf(loop, key))));
    case "down":
      return err(fault("ABNORMAL_TERMINATION", "it was stopped meanwhile"));
    case "removed":
      return err(fault("BAD_NAME", key));
    case undefined:
      return undefined;
  }
}

/** Why a process is not up. */
function failureText(record: ProcessRecord | null): string {
  if (record === null) return "";
  const { phase, history } = record.state;
  if (history.spawnErr !== "") return history.spawnErr;
  if (phase.kind === "EXITED") return `it has exited with status ${history.exitStatus ?? -1}`;
  return `it is ${publicState(phase)}`;
}

function resultOfStart(
  key: ProcessKey,
  record: ProcessRecord | null,
  outcome: StartOutcome,
  wait: boolean,
): CommandResult | undefined {
  if (outcome !== "begun") return err(rejectionFault(outcome, record, key));
  const kind = record?.state.phase.kind;
  // Without `wait`: when the program executes, or when its start waits for dependencies.
  const isStarting = kind === "STARTING" || kind === "READYING" || kind === "WAITING";
  return isStarting && !wait ? DONE : startResult(record, key);
}

function createGroupCommands({
  loop,
  requests,
  configuration,
  events,
}: CommandsDeps): GroupCommands {
  const autostart = (name: string, boot: { readonly isBoot?: true } = {}): void =>
    loop.post({ kind: "autostart", keys: loop.state.groups.get(name)?.keys ?? [], ...boot });
  const isUp = (key: ProcessKey): boolean => {
    const record = loop.state.processes.get(key);
    return record !== undefined && !isDown(record.state);
  };
  return {
    begin() {
      const { groups } = configuration.current;
      for (const config of groups) loop.post({ kind: "add-group", config });
      events.supervisorChanged("RUNNING");
      for (const { name } of groups) autostart(name, { isBoot: true });
      return requests.settled(loop.state.queued.keys());
    },
    addGroup(name) {
      if (loop.state.groups.has(name)) return err(fault("ALREADY_ADDED", name));
      const config = configuration.current.groups.find((group) => group.name === name);
      if (config === undefined) return err(fault("BAD_NAME", name));
      loop.post({ kind: "add-group", config });
      autostart(name);
      return DONE;
    },
    removeGroup(name) {
      const group = loop.state.groups.get(name);
      if (group === undefined) return err(fault("BAD_NAME", name));
      if (group.keys.some(isUp)) return err(fault("STILL_RUNNING", name));
      loop.post({ kind: "remove-group", name });
      return DONE;
    },
  };
}

function createProcessInput(deps: CommandsDeps): ProcessInput {
  const { loop, children } = deps;
  return {
    signal(key, signal) {
      const record = recordOf(loop, key);
      return record === null ? err(fault("BAD_NAME", key)) : sendSignal(deps, record, signal);
    },
    writeStdin(key, bytes) {
      const record = recordOf(loop, key);
      if (record === null) return err(fault("BAD_NAME", key));
      const { kind } = record.state.phase;
      const name = nameOf(record);
      const isUp = kind === "STARTING" || kind === "RUNNING";
      // Without a pid, the program does not execute yet.
      if (!isUp || pidOf(record.state) === 0) return err(fault("NOT_RUNNING", name));
      switch (children.writeStdin(key, bytes)) {
        case "accepted":
          return DONE;
        case "closed":
          return err(fault("NO_FILE", name));
        case "full":
          return err(fault("FAILED", `${name} does not read its stdin: 1 MB is already queued`));
      }
    },
    resize(key, size) {
      const record = recordOf(loop, key);
      if (record === null) return err(fault("BAD_NAME", key));
      const name = nameOf(record);
      if (pidOf(record.state) === 0) return err(fault("NOT_RUNNING", name));
      const outcome = children.resize(record, size);
      if (outcome === "resized") return DONE;
      if (outcome === "none") {
        return err(fault("NO_FILE", `${name} runs without a terminal; tty=true gives it one`));
      }
      return err(fault("FAILED", `${name}: ${outcome.errno}`));
    },
  };
}

function sendSignal(
  { activity, spawner, loop }: CommandsDeps,
  record: ProcessRecord,
  signal: number,
): CommandResult {
  const { key } = record;
  const { name } = record.config;
  const pid = livePid(record);
  if (!isSignallableState(publicState(record.state.phase)) || pid === 0) {
    activity.log("DEBG", messages.signalNotRunning(name, signal));
    return err(fault("NOT_RUNNING", nameOf(record)));
  }
  activity.log("DEBG", messages.signalling(name, pid, signal));
  const outcome = spawner.kill(pid, signal, "process");
  if (outcome === "sent") {
    loop.post({ kind: "signalled", key, signal });
    return DONE;
  }
  if (outcome === "gone") {
    activity.log("DEBG", messages.signalGone(name, pid));
    return DONE;
  }
  const text = messages.signalFailed(name, pid, outcome.errno);
  activity.log("CRIT", text);
  return err(fault("FAILED", text));
}

const SHUTTING_DOWN: CommandResult = err(fault("SHUTDOWN_STATE"));

/** Programs that are added to active groups as structs of options instead of files, and removed. */
function createRuntimePrograms({ loop, activity, configuration }: CommandsDeps): RuntimePrograms {
  const change = (name: string, input: SupervisorInput): void => {
    const before = loop.state.groups.get(name)?.config;
    loop.post(input);
    configuration.replaceGroup(before, loop.state.groups.get(name)?.config);
  };
  return {
    async addProgram(program) {
      const name = program.group;
      const rejected = rejectGroup(loop.state, name);
      if (rejected !== null) return rejected;
      const read = await configuration.readProgram(program);
      if (!read.ok) return read;
      // The group may have been removed meanwhile, and everything may be stopping.
      const isRunning = loop.state.daemonState === "RUNNING";
      const after = isRunning ? rejectGroup(loop.state, name) : SHUTTING_DOWN;
      if (after !== null) return after;
      const { processes, notices } = read.value;
      const keys = processes.map((process) => processKey(name, process.name));
      const taken = keys.findIndex((key) => loop.state.processes.has(key));
      if (taken >= 0) return err(fault("BAD_NAME", processes[taken]?.name ?? name));
      const problem = problemOfJoin(loop.state, name, processes);
      if (problem !== null) return err(fault("INCORRECT_PARAMETERS", problem));
      for (const { level, text } of notices) activity.log(level, text);
      change(name, { kind: "add-processes", group: name, processes });
      loop.post({ kind: "autostart", keys });
      return DONE;
    },
    removeProcess(key) {
      const record = loop.state.processes.get(key);
      if (record === undefined) return err(fault("BAD_NAME", key));
      const { state, config, group } = record;
      if (!isDown(state) || pidOf(state) !== 0) return err(fault("STILL_RUNNING", config.name));
      change(group, { kind: "remove-process", key });
      return DONE;
    },
  };
}

/** The problem of dependencies with added programs; null for none. */
function problemOfJoin(
  { groups, dependents }: SupervisorState,
  name: string,
  processes: readonly ProcessConfig[],
): string | null {
  if (dependents.size === 0 && !processes.some(hasDependencies)) return null;
  const configs = [...groups.values()].map(({ config }) => config);
  return problemOfJoining(configs, name, processes);
}

/** Rejects groups that do not exist, or cannot contain programs; null for others. */
function rejectGroup({ groups }: SupervisorState, name: string): CommandResult | null {
  const group = groups.get(name);
  if (group === undefined) return err(fault("BAD_NAME", `group: ${name}`));
  if (group.config.kind !== "eventlistener") return null;
  const text = `group ${name} is a pool of event listeners, which takes no other programs`;
  return err(fault("INCORRECT_PARAMETERS", text));
}
