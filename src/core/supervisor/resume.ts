// What a daemon takes over from another one.

import { resumedHealth } from "../process/health.ts";
import { hookLimitMs } from "../process/hooks.ts";
import type { HookRun, ProcessPhase } from "../process/model.ts";
import type { ProcessRecord, SupervisorState } from "./model.ts";

/**
 * The state with which the next daemon continues. It repeats work in progress: finding the command of a start, checks, and hooks.
 * @param mono the present monotonic time
 */
export function resumed(state: SupervisorState, mono: number): SupervisorState {
  const processes = [...state.processes.values()].map((record) => {
    const hook = begunAgain(record, mono);
    const phase = withHook(
      withoutCheck(record, mono),
      record,
      hook,
      state.stopPlan?.killBy ?? null,
    );
    const isSame = phase === record.state.phase && hook === null;
    return isSame ? record : { ...record, state: { ...record.state, phase, hook } };
  });
  return {
    ...state,
    processes: new Map(processes.map((record) => [record.key, record])),
    queued: new Map([...state.resolving, ...state.queued]),
    resolving: new Map(),
  };
}

/** The hook in progress is repeated, with all its time. */
function begunAgain({ state: { hook }, config }: ProcessRecord, mono: number): HookRun | null {
  return hook === null ? null : { ...hook, until: mono + hookLimitMs(config) };
}

/** A stop has as much more time as its hook. @param killBy of a shutdown, which stays */
function withHook(
  phase: ProcessPhase,
  { state }: ProcessRecord,
  hook: HookRun | null,
  killBy: number | null,
): ProcessPhase {
  if (phase.kind !== "STOPPING" || hook === null || state.hook === null) return phase;
  const killAt = phase.killAt + Math.max(0, hook.until - state.hook.until);
  return {
    ...phase,
    killAt: killBy === null ? killAt : Math.min(killAt, Math.max(killBy, phase.killAt)),
  };
}

function withoutCheck({ state: { phase }, config }: ProcessRecord, mono: number): ProcessPhase {
  if (phase.kind === "READYING" && phase.checkAt === null) return { ...phase, checkAt: 0 };
  const { watch = null } = phase.kind === "RUNNING" ? phase : {};
  if (phase.kind !== "RUNNING" || watch === null || watch.health === null) return phase;
  return { ...phase, watch: { ...watch, health: resumedHealth(watch.health, config, mono) } };
}
