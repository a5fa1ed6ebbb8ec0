// What a daemon takes over from another one.

import { resumedHealth } from "../process/health.ts";
import type { ProcessPhase } from "../process/model.ts";
import type { ProcessRecord, SupervisorState } from "./model.ts";

/**
 * The state with which the next daemon continues. It repeats work in progress: finding the command of a start, and checks.
 * @param mono the present monotonic time
 */
export function resumed(state: SupervisorState, mono: number): SupervisorState {
  const processes = [...state.processes.values()].map((record) => {
    const phase = withoutCheck(record, mono);
    const isSame = phase === record.state.phase;
    return isSame ? record : { ...record, state: { ...record.state, phase } };
  });
  return {
    ...state,
    processes: new Map(processes.map((record) => [record.key, record])),
    queued: new Map([...state.resolving, ...state.queued]),
    resolving: new Map(),
  };
}

function withoutCheck({ state: { phase }, config }: ProcessRecord, mono: number): ProcessPhase {
  if (phase.kind === "READYING" && phase.checkAt === null) return { ...phase, checkAt: 0 };
  const { watch = null } = phase.kind === "RUNNING" ? phase : {};
  if (phase.kind !== "RUNNING" || watch === null || watch.health === null) return phase;
  return { ...phase, watch: { ...watch, health: resumedHealth(watch.health, config, mono) } };
}
