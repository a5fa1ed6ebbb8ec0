// What clients ask of one process: start, stop, signal, input. Failures are answers; waiting is being told.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { messages } from "../../core/process/messages.ts";
import { pidOf } from "../../core/process/model.ts";
import { publicState } from "../../core/process/public-state.ts";
import { isRunningState, isSignallableState } from "../../core/process/states.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { Children } from "./children.ts";
import type { Loop } from "./loop.ts";
import type { PendingStarts } from "./pending-starts.ts";
import {
  type Answer,
  abandonedVerdict,
  DONE,
  nameOf,
  startVerdict,
  stopVerdict,
} from "./verdicts.ts";
import { processView } from "./views.ts";
import type { Waiters } from "./waiters.ts";

export interface ProcessCommandsDeps {
  readonly loop: Loop;
  readonly children: Children;
  readonly waiters: Waiters;
  readonly pending: PendingStarts;
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
    const pending = this.#deps.pending.add(key);
    return new Promise((resolve, reject) => {
      const guarded = (action: () => void): void => {
        try {
          action();
        } catch (error) {
          reject(error);
        }
      };
      const found = (refusal: Fault | null): void => {
        const wanted = pending.take();
        if (!wanted) resolve(this.#startCancelled(key));
        else resolve(refusal === null ? this.#startNow(key, wait) : err(refusal));
      };
      this.#deps.loop.enqueue(() =>
        guarded(() => this.#find(key, (refusal) => guarded(() => found(refusal)))),
      );
    });
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
    if (!processView(record, this.#deps.pending.has(key)).stoppable) {
      return Promise.resolve(err(fault("NOT_RUNNING", nameOf(record))));
    }
    this.#deps.pending.cancel(key);
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

  #startCancelled(key: ProcessKey): Answer {
    const record = this.#record(key);
    return err(
      record === null ? fault("BAD_NAME", key) : fault("ABNORMAL_TERMINATION", nameOf(record)),
    );
  }

  /** Looks for the file first: one that is missing leaves the process as it is. */
  #find(key: ProcessKey, found: (refusal: Fault | null) => void): void {
    const record = this.#record(key);
    if (record === null || this.#deps.loop.state.mood !== "RUNNING") {
      found(null);
      return;
    }
    this.#deps.children.find(record, (problem) => {
      if (problem === null) found(null);
      else found(fault(problem.kind === "not-found" ? "NO_FILE" : "NOT_EXECUTABLE", problem.text));
    });
  }

  #startNow(key: ProcessKey, wait: boolean): Answer | Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const refusal = this.#refuseStart(record);
    if (refusal !== null) return err(refusal);
    this.#deps.loop.post({ kind: "start", key });
    const verdict = (): Answer | undefined => {
      const now = this.#record(key);
      const isUp = now?.state.phase.kind === "STARTING";
      return isUp && !wait ? DONE : startVerdict(now, nameOf(record));
    };
    return verdict() ?? this.#deps.waiters.wait(key, verdict, abandonedVerdict);
  }

  #refuseStart(record: ProcessRecord): Fault | null {
    if (this.#deps.loop.state.mood !== "RUNNING") return fault("SHUTDOWN_STATE");
    const kind = publicState(record.state.phase);
    const name = nameOf(record);
    if (isRunningState(kind)) return fault("ALREADY_STARTED", name);
    if (kind === "UNKNOWN") return fault("FAILED", `${name} is in an unknown process state`);
    if (kind === "STOPPING") {
      this.#deps.activity.log("WARN", messages.alreadyRunning(record.config.name));
      return fault("ABNORMAL_TERMINATION", name);
    }
    return null;
  }

  #record(key: ProcessKey): ProcessRecord | null {
    return this.#deps.loop.state.processes.get(key) ?? null;
  }
}
