// The commands of SupervisorApi that start and stop a process and wait for the outcome.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { pidOf } from "../../core/process/model.ts";
import type { ProcessRecord, StartOutcome } from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "./api.ts";
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
