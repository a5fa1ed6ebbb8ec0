// A process that exists only as data, and its view in supervision.

import { type ProcessKey, processKey } from "../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../src/core/config/model.ts";
import { isRunningState, type ProcessStateName } from "../../src/core/process/model.ts";
import { NO_RUNS } from "../../src/core/process/runs.ts";
import type { ProcessReport } from "../../src/core/why/program-history.ts";
import type {
  EnvironmentView,
  ProcessInfo,
  ProcessView,
} from "../../src/services/supervisor/api.ts";

/** The mutable side of a fake process. */
export interface FakeProcess {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
  state: ProcessStateName;
  pid: number;
  info: Partial<ProcessInfo>;
  report?: Partial<ProcessReport>;
  environment?: Partial<EnvironmentView>;
}

export function stoppedProcess(group: string, config: ProcessConfig): FakeProcess {
  const key = processKey(group, config.name);
  return { key, group, config, state: "STOPPED", pid: 0, info: {} };
}

export function viewOf(process: FakeProcess): ProcessView {
  const { key, group, config, state, pid } = process;
  return { key, group, config, state, pid, stoppable: isRunningState(state), starts: 0 };
}

export function reportOf(process: FakeProcess): ProcessReport {
  const { group, state, pid, config } = process;
  const nothing = {
    now: 0,
    start: 0,
    spawnError: "",
    waits: "",
    awaits: "",
    blockedBy: "",
    unready: "",
    said: "",
    health: null,
    restartReason: "",
    disabled: "",
    scaled: null,
    failures: 0,
    runs: NO_RUNS,
  };
  return {
    group,
    state,
    pid,
    config,
    ...nothing,
    nextStart: null,
    nextKill: null,
    schedule: null,
    ...process.report,
  };
}

export function infoOf(process: FakeProcess): ProcessInfo {
  return {
    name: process.config.name,
    group: process.group,
    start: 0,
    stop: 0,
    now: 1763712000,
    state: process.state,
    spawnErr: "",
    exitStatus: 0,
    stdoutLogfile: `/var/log/${process.config.name}.log`,
    stderrLogfile: "",
    pid: process.pid,
    description: "Not started",
    ...process.info,
  };
}
