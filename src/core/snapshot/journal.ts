// What a daemon has done since a snapshot, one line of JSON each, in the codecs of the snapshot: the decisions of supervision, the
// descriptors that were opened and closed, and the places of programs in the memory of the keeper. The state of a snapshot with
// all lines applied is the state of the daemon that wrote them, up to the last decision.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { GroupConfig } from "../config/model.ts";
import type { EventsEffect, EventsInput, EventsState } from "../events/model.ts";
import { stepEvents } from "../events/step.ts";
import { indexOf } from "../supervisor/dependencies.ts";
import { commit, liveState } from "../supervisor/draft.ts";
import type { SupervisorEffect, SupervisorState, SupervisorStep } from "../supervisor/model.ts";
import { type Json, list } from "./codec.ts";
import { groupConfig } from "./config.ts";
import type { DescriptorRole, HeldDescriptor } from "./descriptors.ts";
import { eventsInput } from "./events.ts";
import { type GroupTable, killCodec, patchCodec } from "./supervision.ts";

/** What is known of a descriptor. */
interface Entry {
  readonly role: DescriptorRole;
  readonly owner: string;
}

interface Line {
  /** Configurations that no earlier line has. */
  readonly groups?: Json;
  readonly patch?: Json;
  /** Signals that the decision sends; they may not have been sent if the line is the last. */
  readonly kills?: Json;
  /** The decision is a consequence of the one before, whose effects may not be complete. */
  readonly isNested?: true;
  /** A descriptor, and what it is; it was closed if the rest is missing. */
  readonly fd?: readonly [fd: number, role?: DescriptorRole, owner?: string];
  /** A place in the memory of the keeper, and the process that it belongs to from now on. */
  readonly entry?: readonly [entry: number, key: ProcessKey];
  /** What happened to events, and when: monotonic and wall clock. */
  readonly event?: Json;
  readonly at?: readonly [mono: number, wall: number];
  /** The snapshot is complete: its daemon was suspended, and ended by intention. */
  readonly isComplete?: true;
  /** Why another version could not continue from it. */
  readonly failure?: string;
}

/** A decision. */
export interface Decision extends SupervisorStep {
  /** It was made while the effects of another were performed. */
  readonly isNested: boolean;
}

const groupList = list(groupConfig);
const killList = list(killCodec);

/** Writes the lines that follow a snapshot. */
export class Journal {
  readonly #table: GroupTable;
  readonly #codec: ReturnType<typeof patchCodec>;
  /** Groups of the table that are written. */
  #groups: number;

  /** @param table that of the snapshot, with all its groups */
  constructor(table: GroupTable) {
    this.#table = table;
    this.#codec = patchCodec(table);
    this.#groups = table.groups.length;
  }

  /** @returns the line, with its end */
  line({ patch, effects, isNested }: Decision): string {
    const encoded = this.#codec.encode(patch);
    const added = this.#table.groups.slice(this.#groups);
    this.#groups += added.length;
    const kills = effects.filter((effect) => effect.kind === "kill");
    const line: Line = {
      ...(added.length > 0 ? { groups: groupList.encode(added) } : {}),
      patch: encoded,
      ...(kills.length > 0 ? { kills: killList.encode(kills) } : {}),
      ...(isNested ? { isNested } : {}),
    };
    return lineOf(line);
  }
}

function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** @param entry null when it is closed */
export function descriptorLine(fd: number, entry: Entry | null): string {
  return lineOf({ fd: entry === null ? [fd] : [fd, entry.role, entry.owner] });
}

export function entryLine(entry: number, key: ProcessKey): string {
  return lineOf({ entry: [entry, key] });
}

export function eventLine(input: EventsInput, { mono, wall }: Instant): string {
  return lineOf({ event: eventsInput.encode(input), at: [mono, wall] });
}

/** The events after all lines, and what was to be sent to listeners and may not have been. @throws Malformed */
export function eventsAfter(
  before: EventsState,
  lines: readonly Line[],
): { readonly state: EventsState; readonly unsent: readonly EventsEffect[] } {
  let state = before;
  const unsent = new Map<ProcessKey, EventsEffect>();
  for (const [index, { event, at = [0, 0] }] of lines.entries()) {
    if (event === undefined) continue;
    const input = eventsInput.decode(event, `journal[${index}].event`);
    const done = stepEvents(state, input, { mono: at[0], wall: at[1] });
    ({ state } = done);
    if (input.kind === "sent") unsent.delete(input.key);
    for (const effect of done.effects) if (effect.kind === "send") unsent.set(effect.key, effect);
  }
  return { state, unsent: [...unsent.values()] };
}

/** The last line of a daemon that ends by intention. */
export const COMPLETE = lineOf({ isComplete: true });

/** The descriptors after all lines. */
export function descriptorsAfter(
  before: readonly HeldDescriptor[],
  lines: readonly Line[],
): readonly HeldDescriptor[] {
  const open = new Map(before.map((descriptor) => [descriptor.fd, descriptor]));
  for (const { fd: change } of lines) {
    if (change === undefined) continue;
    const [fd, role, owner] = change;
    if (role === undefined || owner === undefined) open.delete(fd);
    else open.set(fd, { fd, role, owner });
  }
  return [...open.values()];
}

/** The places of processes in the memory of the keeper. */
export function entriesOf(lines: readonly Line[]): ReadonlyMap<ProcessKey, number> {
  return new Map(lines.flatMap(({ entry }) => (entry === undefined ? [] : [[entry[1], entry[0]]])));
}

/** The line of a daemon that could not continue. */
export function failureLine(failure: string): string {
  return lineOf({ failure });
}

export function isComplete(lines: readonly Line[]): boolean {
  return lines.some((line) => line.isComplete === true);
}

/** Why the last daemon could not continue; null if none has tried, or it gave no reason. */
export function failureOf(lines: readonly Line[]): string | null {
  return lines.at(-1)?.failure ?? null;
}

/** The lines of a journal. A last one without an end was being written when the daemon died: it had no effects. */
export function readJournal(text: string): readonly Line[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
}

/** The configurations that the lines add to those of the snapshot. @throws Malformed */
export function groupsOf(lines: readonly Line[]): readonly GroupConfig[] {
  return lines.flatMap(({ groups = [] }, at) => groupList.decode(groups, `journal[${at}].groups`));
}

/** The state after all lines. @param table has the groups of the snapshot and of the lines @throws Malformed */
export function replay(
  state: SupervisorState,
  lines: readonly Line[],
  table: GroupTable,
): SupervisorState {
  const codec = patchCodec(table);
  const live = liveState(state);
  for (const [at, { patch: json }] of lines.entries()) {
    if (json === undefined) continue;
    const patch = codec.decode(json, `journal[${at}].patch`);
    // The snapshot has the starts whose command was being found in its queue.
    for (const [key, start] of patch.resolving ?? []) {
      if (start === null && !live.resolving.has(key)) live.queued.delete(key);
    }
    commit(live, { ...patch, programs: null, dependents: null, upcoming: null });
  }
  const queued = new Map([...live.resolving, ...live.queued]);
  return { ...live, ...indexOf(live.processes.values()), queued, resolving: new Map() };
}

/** The signals of the last decision and its consequences. @throws Malformed */
export function lastKills(lines: readonly Line[]): readonly SupervisorEffect[] {
  const decisions = lines.filter(({ patch }) => patch !== undefined);
  const first = decisions.findLastIndex(({ isNested }) => isNested !== true);
  return decisions
    .slice(Math.max(first, 0))
    .flatMap(({ kills = [] }) => killList.decode(kills, "journal.kills"));
}
