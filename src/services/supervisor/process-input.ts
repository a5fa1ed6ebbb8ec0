// The commands of SupervisorApi that send something to a running process: a signal, input, the size of its terminal.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { messages } from "../../core/process/messages.ts";
import { pidOf } from "../../core/process/model.ts";
import { publicState } from "../../core/process/public-state.ts";
import { isSignallableState } from "../../core/process/states.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import type { Loop } from "./loop.ts";
import { type Answer, DONE, nameOf } from "./verdicts.ts";

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
