// The facts about a program that pages show.

import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProgramFacts } from "../../../../src/core/web/status-view.ts";

export function facts(group: string, name: string, over: Partial<ProgramFacts> = {}): ProgramFacts {
  return {
    key: processKey(group, name),
    group,
    name,
    state: "RUNNING",
    pid: 42,
    start: 1000,
    now: 1062,
    description: "pid 42, uptime 0:01:02",
    exitStatus: 0,
    exitCodes: [0],
    hasStdout: true,
    hasStderr: true,
    usage: null,
    total: 0,
    last: null,
    nextStart: null,
    isUnhealthy: false,
    restartReason: "",
    nextKill: null,
    isScheduled: false,
    hasNextRun: false,
    ...over,
  };
}
