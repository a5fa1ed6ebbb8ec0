// The commands of SupervisorApi that start and stop a process and wait for the outcome.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { messages } from "../../core/process/messages.ts";
import { isDown, isSignallableState, pidOf, publicState } from "../../core/process/model.ts";
import type { ProcessRecord, StartOutcome } from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { EventsApi } from "../events/api.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import { processView } from "./views.ts";
import type { StartRequests, Waiters } from "./waiters.ts";
import {
  type Answer,
  abandonedVerdict,
  DONE,
  nameOf,
  refusal,
  startVerdict,
  stopVerdict,
} from "./waiters.ts";

interface ProcessCommandsDeps {
  readonly loop: Loop;
  readonly children: Pick<Children, "settle">;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly activity: Pick<ActivityLog, "log">;
}

export function createProcessCommands({
  loop,
  children,
  waiters,
  requests,
  activity,
}: ProcessCommandsDeps): Pick<SupervisorApi, "start" | "stop" | "whenStopped" | "whenRunEnds"> {
  const recordOf = (key: ProcessKey): ProcessRecord | null => loop.state.processes.get(key) ?? null;
  const currentPid = (key: ProcessKey): number => {
    const record = recordOf(key);
    return record === null ? 0 : pidOf(record.state);
  };
  const whenDown = (key: ProcessKey): Promise<Answer> =>
    waiters.wait(key, () => stopVerdict(recordOf(key)), abandonedVerdict);
  return {
    start(key, wait) {
      let outcome: StartOutcome | null = null;
      requests.add(key, (told) => {
        outcome = told;
      });
      loop.post({ kind: "start", key });
      const verdict = (): Answer | undefined =>
        outcome === null ? undefined : startAnswer(key, recordOf(key), outcome, wait);
      return waiters.wait(key, verdict, abandonedVerdict);
    },
    stop(key, wait, together) {
      const record = recordOf(key);
      if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
      if (!processView(record, loop.state).stoppable) {
        return Promise.resolve(err(fault("NOT_RUNNING", nameOf(record))));
      }
      // One that executes already is stopped as it wants to be.
      children.settle();
      loop.post({ kind: "stop", key, ...(together === undefined ? {} : { together }) });
      const now = stopVerdict(recordOf(key));
      if (now !== undefined) return Promise.resolve(now);
      if (!wait) return Promise.resolve(DONE);
      activity.log("INFO", `waiting for ${record.config.name} to stop`);
      return whenDown(key);
    },
    whenStopped(key) {
      const record = recordOf(key);
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

function startAnswer(
  key: ProcessKey,
  record: ProcessRecord | null,
  outcome: StartOutcome,
  wait: boolean,
): Answer | undefined {
  if (outcome !== "begun") return err(refusal(outcome, record, key));
  const kind = record?.state.phase.kind;
  // Who does not wait is answered when the program executes, or when its start waits for others.
  const isOnItsWay = kind === "STARTING" || kind === "READYING" || kind === "WAITING";
  return isOnItsWay && !wait ? DONE : startVerdict(record, key);
}

// The commands of SupervisorApi that add and remove groups. Added processes that have autostart are queued to start.

interface GroupCommandsDeps {
  readonly loop: Loop;
  readonly requests: StartRequests;
  /** Names the groups that there are to be. */
  readonly configuration: Configuration;
  readonly events: Pick<EventsApi, "supervisorChanged">;
}

export interface GroupCommands extends Pick<SupervisorApi, "addGroup" | "removeGroup"> {
  /** Adds every group of the configuration, then starts programs with autostart. @returns when all starts were requested */
  begin(): Promise<void>;
}

export function createGroupCommands({
  loop,
  requests,
  configuration,
  events,
}: GroupCommandsDeps): GroupCommands {
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

// The commands of SupervisorApi that send something to a running process: a signal, input, the size of its terminal.

interface ProcessInputDeps {
  readonly loop: Loop;
  readonly children: Pick<Children, "writeStdin" | "resize">;
  readonly spawner: Pick<Spawner, "kill">;
  readonly activity: Pick<ActivityLog, "log">;
}

export function createProcessInput(
  deps: ProcessInputDeps,
): Pick<SupervisorApi, "signal" | "writeStdin" | "resize"> {
  const { loop, children } = deps;
  const recordOf = (key: ProcessKey): ProcessRecord | null => loop.state.processes.get(key) ?? null;
  return {
    signal(key, signal) {
      const record = recordOf(key);
      return record === null ? err(fault("BAD_NAME", key)) : sendSignal(deps, record, signal);
    },
    writeStdin(key, bytes) {
      const record = recordOf(key);
      if (record === null) return err(fault("BAD_NAME", key));
      const { kind } = record.state.phase;
      const name = nameOf(record);
      const isUp = kind === "STARTING" || kind === "RUNNING";
      // Without a pid, the program is not executed yet: it has no stdin, and may get one.
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
      const record = recordOf(key);
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
  { activity, spawner, loop }: ProcessInputDeps,
  record: ProcessRecord,
  signal: number,
): Answer {
  const { key } = record;
  const { name } = record.config;
  const pid = pidOf(record.state);
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
