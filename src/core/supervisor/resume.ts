// What a daemon takes over from another one.

import type { ProcessPhase } from "../process/model.ts";
import type { SupervisorState } from "./model.ts";

/** The state with which the next daemon continues. It repeats work in progress: finding the command of a start, and checks. */
export function resumed(state: SupervisorState): SupervisorState {
  const processes = [...state.processes.values()].map((record) => {
    const phase = withoutCheck(record.state.phase);
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

function withoutCheck(phase: ProcessPhase): ProcessPhase {
  if (phase.kind === "READYING" && phase.checkAt === null) return { ...phase, checkAt: 0 };
  if (phase.kind !== "RUNNING" || phase.watch?.health?.isChecking !== true) return phase;
  const health = { ...phase.watch.health, isChecking: false, nextAt: 0 };
  return { ...phase, watch: { ...phase.watch, health } };
}
