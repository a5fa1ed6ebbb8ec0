// What clients ask of one process: start, stop, signal, input. Failures are answers; waiting is being told.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { messages } from "../../core/process/messages.ts";
import { pidOf } from "../../core/process/model.ts";
import { publicState } from "../../core/process/public-state.ts";
import { isSignallableState } from "../../core/process/states.ts";
import type { ProcessRecord, StartOutcome } from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { Children } from "./children.ts";
import type { Loop } from "./loop.ts";
import type { StartRequests } from "./start-requests.ts";
import {
  type Answer,
  abandonedVerdict,
  DONE,
  nameOf,
  refusal,
  startVerdict,
  stopVerdict,
} from "./verdicts.ts";
import { processView } from "./views.ts";
import type { Waiters } from "./waiters.ts";

export interface ProcessCommandsDeps {
  readonly loop: Loop;
  readonly children: Children;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly spawner: Spawner;
  readonly activity: ActivityLog;
}

/** The commands of SupervisorApi that name a process. */
export class ProcessCommands {
  readonly #deps: ProcessCommandsDeps;

  constructor(deps: ProcessCommandsDeps) {
    this.#deps = deps;
  }

  start(key: ProcessKey, wait: boolean): Promise<Answer> {
    const { loop, requests, waiters } = this.#deps;
    let outcome: StartOutcome | null = null;
    requests.add(key, (told) => {
      outcome = told;
    });
    loop.post({ kind: "start", key });
    const verdict = (): Answer | undefined =>
      outcome === null ? undefined : this.#startAnswer(key, outcome, wait);
    return waiters.wait(key, verdict, abandonedVerdict);
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
    if (!processView(record, this.#deps.loop.state).stoppable) {
      return Promise.resolve(err(fault("NOT_RUNNING", nameOf(record))));
    }
    // One that executes already is stopped as it wants to be.
    this.#deps.children.settle();
    this.#deps.loop.post({ kind: "stop", key });
    const verdict = (): Answer | undefined => stopVerdict(this.#record(key));
    const now = verdict();
    if (now !== undefined) return Promise.resolve(now);
    if (!wait) return Promise.resolve(DONE);
    this.#deps.activity.log("INFO", `waiting for ${record.config.name} to stop`);
    return this.#deps.waiters.wait(key, verdict, abandonedVerdict);
  }

  whenStopped(key: ProcessKey): Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
    if (record.state.phase.kind !== "STOPPING") return Promise.resolve(DONE);
    const verdict = (): Answer | undefined => stopVerdict(this.#record(key));
    return this.#deps.waiters.wait(key, verdict, abandonedVerdict);
  }

  signal(key: ProcessKey, signal: number): Answer {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const { name } = record.config;
    const { activity, spawner } = this.#deps;
    const state = publicState(record.state.phase);
    if (!isSignallableState(state) || pidOf(record.state) === 0) {
      activity.log("DEBG", messages.signalNotRunning(name, signal));
      return err(fault("NOT_RUNNING", nameOf(record)));
    }
    const pid = pidOf(record.state);
    activity.log("DEBG", messages.signalling(name, pid, signal));
    const outcome = spawner.kill(pid, signal, "process");
    if (outcome === "sent") {
      this.#deps.loop.post({ kind: "signalled", key, signal });
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

  writeStdin(key: ProcessKey, bytes: Uint8Array): Answer {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const { kind } = record.state.phase;
    const name = nameOf(record);
    const isUp = kind === "STARTING" || kind === "RUNNING";
    if (!isUp) return err(fault("NOT_RUNNING", name));
    switch (this.#deps.children.writeStdin(key, bytes)) {
      case "accepted":
        return DONE;
      case "closed":
        return err(fault("NO_FILE", name));
      case "full":
        return err(fault("FAILED", `${name} does not read its stdin: 1 MB is waiting already`));
    }
  }

  resize(key: ProcessKey, size: WindowSize): Answer {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const name = nameOf(record);
    if (pidOf(record.state) === 0) return err(fault("NOT_RUNNING", name));
    const outcome = this.#deps.children.resize(record, size);
    if (outcome === "resized") return DONE;
    if (outcome === "none") {
      return err(fault("NO_FILE", `${name} runs without a terminal; tty=true gives it one`));
    }
    return err(fault("FAILED", `${name}: ${outcome.errno}`));
  }

  whenRunEnds(key: ProcessKey, ended: () => void): () => void {
    const pid = this.#pidOf(key);
    if (pid === 0) {
      ended();
      return () => {};
    }
    const forget = this.#deps.waiters.watch(key, () => {
      if (this.#pidOf(key) === pid) return;
      forget();
      ended();
    });
    return forget;
  }

  #pidOf(key: ProcessKey): number {
    const record = this.#record(key);
    return record === null ? 0 : pidOf(record.state);
  }

  #startAnswer(key: ProcessKey, outcome: StartOutcome, wait: boolean): Answer | undefined {
    const record = this.#record(key);
    if (outcome !== "begun") return err(refusal(outcome, record, key));
    const isUp = record?.state.phase.kind === "STARTING";
    return isUp && !wait ? DONE : startVerdict(record, key);
  }

  #record(key: ProcessKey): ProcessRecord | null {
    return this.#deps.loop.state.processes.get(key) ?? null;
  }
}
