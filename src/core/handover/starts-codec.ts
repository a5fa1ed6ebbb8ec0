// Starts that are wanted, in a handover. Older versions know none and would forget them, so a document has a form that they
// get right: such a process has exited and is to be started again. The moment of that has long passed, and tells its place
// in the queue. Beside it stands the phase that the process is really in.

import type { ProcessKey } from "../base/ids.ts";
import type { ProcessPhase } from "../process/model.ts";
import type { ProcessRecord, SupervisorState, WantedStart } from "../supervisor/model.ts";
import { type Codec, natural, object } from "./codec.ts";
import { processPhase, startCause } from "./process-codec.ts";

interface WrittenStart extends WantedStart {
  /** Its place in the queue. */
  readonly turn: number;
  readonly phase: ProcessPhase;
}

/** A process with the start of it that is wanted. */
export interface WrittenProcess extends ProcessRecord {
  readonly wanted: WrittenStart | null;
}

export const writtenStart: Codec<WrittenStart> = object<WrittenStart>({
  by: startCause,
  turn: natural,
  phase: processPhase,
});

/** What is being looked for is looked for again, before what has not had its turn. */
export function writeStarts({
  processes,
  queued,
  looking,
}: SupervisorState): readonly WrittenProcess[] {
  const turns = new Map([...looking.keys(), ...queued.keys()].map((key, turn) => [key, turn]));
  return Array.from(processes.values(), (record) => {
    const turn = turns.get(record.key);
    const start = queued.get(record.key) ?? looking.get(record.key);
    if (turn === undefined || start === undefined) return { ...record, wanted: null };
    const { phase } = record.state;
    return {
      ...record,
      state: { ...record.state, phase: waiting(phase, turn) },
      wanted: { by: start.by, turn, phase },
    };
  });
}

/** A phase as older versions are to see it. */
function waiting(phase: ProcessPhase, turn: number): ProcessPhase {
  const isStartable = ["STOPPED", "EXITED", "FATAL"].includes(phase.kind);
  return isStartable ? { kind: "EXITED", restartAt: turn } : phase;
}

export function readStarts(
  written: readonly WrittenProcess[],
): Pick<SupervisorState, "processes" | "queued" | "looking"> {
  const processes = new Map<ProcessKey, ProcessRecord>();
  const starts: (readonly [ProcessKey, WrittenStart])[] = [];
  for (const { wanted, ...record } of written) {
    const phase = wanted?.phase ?? record.state.phase;
    processes.set(record.key, { ...record, state: { ...record.state, phase } });
    if (wanted !== null) starts.push([record.key, wanted]);
  }
  starts.sort(([, left], [, right]) => left.turn - right.turn);
  return {
    processes,
    queued: new Map(starts.map(([key, { by }]) => [key, { by }])),
    looking: new Map(),
  };
}
