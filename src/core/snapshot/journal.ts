// What a daemon has done since a snapshot, one line of JSON each, in the codecs of the snapshot: the inputs of the
// reducers, the configurations that were read, the descriptors that were opened and closed, and the places of programs in the memory of the keeper. The state of a
// snapshot after all inputs is the state of the daemon that wrote them.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { Config, GroupConfig } from "../config/model.ts";
import type { EventsEffect, EventsInput, EventsState } from "../events/model.ts";
import { stepEvents } from "../events/step.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import { commit, liveState } from "../supervisor/draft.ts";
import type {
  SupervisorEffect,
  SupervisorInput,
  SupervisorPatch,
  SupervisorState,
} from "../supervisor/model.ts";
import { step } from "../supervisor/step.ts";
import { type Codec, type Json, list, mapOf, natural, text } from "./codec.ts";
import { configCodec, groupConfig } from "./config.ts";
import { type DescriptorRole, type HeldDescriptor, heldDescriptor } from "./descriptors.ts";
import { eventsInput } from "./events.ts";
import { type GroupTable, supervisorInput } from "./supervision.ts";

/** What is known of a descriptor. */
interface Entry {
  readonly role: DescriptorRole;
  readonly owner: string;
}

interface Line {
  /** Configurations that no earlier line has. */
  readonly groups?: Json;
  /** What supervision has decided about, and when: monotonic and wall clock. */
  readonly input?: Json;
  /** The configuration that was read last, or that of a restart. */
  readonly current?: Json;
  /** It is a consequence of the one before, whose effects may not be complete. */
  readonly isNested?: true;
  /** A descriptor, and what it is; it was closed if the rest is missing. */
  readonly fd?: readonly [fd: number, role?: DescriptorRole, owner?: string];
  /** Where the daemon was called, and the path of its executable. */
  readonly called?: readonly [cwd: string, origin: string];
  /** A place in the memory of the keeper, and the process that it belongs to from now on. */
  readonly entry?: readonly [entry: number, key: ProcessKey];
  /** What happened to events, and when. */
  readonly event?: Json;
  readonly at?: readonly [mono: number, wall: number];
  /** The AUTO file of a channel, which exists from now on. */
  readonly auto?: AutoLog;
  /** The snapshot is complete: its daemon was suspended, and ended by intention. */
  readonly isComplete?: true;
  /** Why another version could not continue from it. */
  readonly failure?: string;
}

/** The AUTO file of one channel of a process. */
export type AutoLog = readonly [key: ProcessKey, channel: "stdout" | "stderr", path: string];

/** A decision of supervision. */
export interface Decision {
  readonly input: SupervisorInput;
  readonly now: Instant;
  readonly patch: SupervisorPatch;
  /** It was made while the effects of another were performed. */
  readonly isNested: boolean;
  /** See `isRoutine`. */
  readonly isRoutine: boolean;
}

const groupList = list(groupConfig);

/** Writes the lines that follow a snapshot. */
export class Journal {
  readonly #table: GroupTable;
  readonly #codec: Codec<SupervisorInput>;
  /** Groups of the table that are written. */
  #groups: number;
  /** Health checks that have begun, by process: they are written when something else happens to it. */
  readonly #begun = new Map<ProcessKey, Pick<Decision, "input" | "now">>();

  /** @param table that of the snapshot, with all its groups */
  constructor(table: GroupTable) {
    this.#table = table;
    this.#codec = supervisorInput(table);
    this.#groups = table.groups.length;
  }

  /** @returns the lines to write, each with its end; empty for a decision that the next daemon does not need */
  lines({ input, now, patch, isNested, isRoutine }: Decision): string {
    if (isRoutine) {
      if (input.kind === "deadline") this.#begun.set(input.key, { input, now });
      if (input.kind === "checked") this.#begun.delete(input.key);
      return "";
    }
    let lines = "";
    for (const key of patch.processes?.keys() ?? []) {
      const begun = this.#begun.get(key);
      // As a part of this decision: the effects of those before it may still have to be repeated.
      if (begun !== undefined) lines += this.#line(begun, isNested);
      this.#begun.delete(key);
    }
    return lines + this.#line({ input, now }, isNested);
  }

  #line(
    { input, now: { mono, wall } }: Pick<Decision, "input" | "now">,
    isNested: boolean,
  ): string {
    const encoded = this.#codec.encode(input);
    return lineOf({
      ...this.#added(),
      input: encoded,
      at: [mono, wall],
      ...(isNested ? { isNested } : {}),
    });
  }

  /** Of the groups of a configuration, only those are written that are in no earlier line. @returns a line */
  configured(current: Config): string {
    const encoded = configCodec(list(this.#table.group)).encode(current);
    return lineOf({ ...this.#added(), current: encoded });
  }

  /** The groups that were encoded since the last line. */
  #added(): Pick<Line, "groups"> {
    const added = this.#table.groups.slice(this.#groups);
    this.#groups += added.length;
    return added.length > 0 ? { groups: groupList.encode(added) } : {};
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

export function calledLine(cwd: string, origin: string): string {
  return lineOf({ called: [cwd, origin] });
}

export function eventLine(input: EventsInput, { mono, wall }: Instant): string {
  return lineOf({ event: eventsInput.encode(input), at: [mono, wall] });
}

export function autoLine(auto: AutoLog): string {
  return lineOf({ auto });
}

/** The AUTO files that were created, by their channel, such as `stdout web:web`. */
export function autosOf(lines: readonly Line[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap(({ auto }) => (auto === undefined ? [] : [[`${auto[1]} ${auto[0]}`, auto[2]]])),
  );
}

/**
 * The events after all lines, what was to be sent to listeners and may not have been, and what was recorded since the last decision
 * of supervision that is no consequence of another. @throws Malformed
 */
export function eventsAfter(
  before: EventsState,
  lines: readonly Line[],
): {
  readonly state: EventsState;
  readonly unsent: readonly EventsEffect[];
  readonly recorded: readonly EventsInput[];
} {
  let state = before;
  let recorded: EventsInput[] = [];
  const unsent = new Map<ProcessKey, EventsEffect>();
  for (const [index, { event, at = [0, 0], ...decision }] of lines.entries()) {
    if (decision.input !== undefined && decision.isNested !== true) recorded = [];
    if (event === undefined) continue;
    const input = eventsInput.decode(event, `journal[${index}].event`);
    recorded.push(input);
    const done = stepEvents(state, input, { mono: at[0], wall: at[1] });
    ({ state } = done);
    if (input.kind === "sent") unsent.delete(input.key);
    for (const effect of done.effects) if (effect.kind === "send") unsent.set(effect.key, effect);
  }
  return { state, unsent: [...unsent.values()], recorded };
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

/** The descriptors that were closed, and that the keeper may still have. */
export function closedIn(lines: readonly Line[]): readonly number[] {
  const isOpen = new Map(
    lines.flatMap(({ fd }) => (fd === undefined ? [] : [[fd[0], fd.length > 1]])),
  );
  return [...isOpen].flatMap(([fd, open]) => (open ? [] : [fd]));
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

/** The lines of a damaged state that can be read, of those that need no other line. */
export function soundLines(state: string): readonly Line[] {
  return state.split("\n").flatMap((line) => {
    if (!/^\{"(?:called|entry|fd)":/.test(line)) return [];
    try {
      const read = JSON.parse(line) as Line;
      const { called, entry, fd } = read;
      if (called !== undefined) list(text).decode(called, "called");
      if (entry !== undefined) mapOf(natural, text).decode([entry], "entry");
      if (fd !== undefined) natural.decode(fd[0], "fd");
      const [number = 0, role, owner = ""] = fd ?? [];
      if (role !== undefined) heldDescriptor.decode({ fd: number, role, owner }, "fd");
      return [read];
    } catch {
      return [];
    }
  });
}

/** The configurations that the lines add to those of the snapshot. @throws Malformed */
export function groupsOf(lines: readonly Line[]): readonly GroupConfig[] {
  return lines.flatMap(({ groups = [] }, at) => groupList.decode(groups, `journal[${at}].groups`));
}

/**
 * The configurations that the lines have, in order.
 * @param table has the groups of the snapshot and of the lines
 * @throws Malformed
 */
export function configsOf(lines: readonly Line[], table: GroupTable): readonly Config[] {
  const codec = configCodec(list(table.group));
  return lines.flatMap(({ current }, at) =>
    current === undefined ? [] : [codec.decode(current, `journal[${at}].current`)],
  );
}

/**
 * The state after all lines, and the effects of the last decision and its consequences, which may not be complete.
 * @param table has the groups of the snapshot and of the lines
 * @param offset that of the host's time zone
 * @throws Malformed
 */
export function supervisionAfter(
  before: SupervisorState,
  lines: readonly Line[],
  table: GroupTable,
  offset: OffsetMinutes,
): { readonly state: SupervisorState; readonly last: readonly SupervisorEffect[] } {
  const codec = supervisorInput(table);
  const state = liveState(before);
  let last: readonly SupervisorEffect[] = [];
  for (const [index, { input: json, at = [0, 0], isNested }] of lines.entries()) {
    if (json === undefined) continue;
    const input = codec.decode(json, `journal[${index}].input`);
    const { patch, effects } = step(state, input, { mono: at[0], wall: at[1] }, offset);
    commit(state, patch);
    last = isNested === true ? [...last, ...effects] : effects;
  }
  return { state, last };
}
