// The state of supervision in a handover. Configurations of groups are written once and referred to by their places,
// because the same objects stand in several places and must be the same again.

import type { ProcessKey } from "../base/ids.ts";
import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import type { ScheduleState } from "../schedules/parse-schedule.ts";
import { linksOf } from "../supervisor/links.ts";
import type { GroupRecord, StopPlan, SupervisorState } from "../supervisor/model.ts";
import { type Ending, type EndRules, NO_RULES } from "../supervisor/model.ts";
import {
  type Codec,
  flag,
  integer,
  type Json,
  list,
  Malformed,
  mapped,
  natural,
  nullable,
  number,
  object,
  oneOf,
  setOf,
  since,
  text,
} from "./codec.ts";
import { groupConfig, processConfig } from "./config-codec.ts";
import { processState, runLog } from "./process-codec.ts";
import { readStarts, type WrittenProcess, writeStarts, writtenStart } from "./starts-codec.ts";

export const processKeyCodec: Codec<ProcessKey> = mapped(
  text,
  (key: ProcessKey) => key,
  (key) => key as ProcessKey,
);

const stopPlan = object<StopPlan>({
  waves: list(setOf(processKeyCodec)),
  wave: integer,
  remaining: integer,
  reportAt: number,
  endAt: since(nullable(number), null),
  killBy: since(nullable(number), null),
  leaveBy: since(nullable(number), null),
  leaveAt: since(nullable(number), null),
});

const schedule = object<WrittenState["schedules"][number]>({
  key: processKeyCodec,
  atWall: nullable(number),
  atMono: nullable(number),
  isQueued: flag,
  isSuspended: flag,
  lead: number,
});

const rules = object<EndRules>({
  exitOn: since(oneOf("never", "fatal", "exit", "any", "all"), NO_RULES.exitOn),
  shutdownGrace: since(nullable(number), NO_RULES.shutdownGrace),
});

const ending = object<Ending>({ key: processKeyCodec, status: natural });

/** The configurations of groups that one document holds, each once. */
export class GroupTable {
  readonly #groups: GroupConfig[];
  readonly #places = new Map<GroupConfig, number>();
  readonly #members = new Map<ProcessConfig, readonly [group: number, member: number]>();

  constructor(groups: readonly GroupConfig[] = []) {
    this.#groups = [...groups];
  }

  /** All that were written. */
  get groups(): readonly GroupConfig[] {
    return this.#groups;
  }

  /** A group as its place in the table. */
  readonly group: Codec<GroupConfig> = {
    encode: (config) => {
      const known = this.#places.get(config);
      if (known !== undefined) return known;
      const place = this.#groups.push(config) - 1;
      this.#places.set(config, place);
      for (const [member, process] of config.processes.entries()) {
        this.#members.set(process, [place, member]);
      }
      return place;
    },
    decode: (json, at) => {
      const config = this.#groups[natural.decode(json, at)];
      if (config === undefined) throw new Malformed(`${at} is no group of the document`);
      return config;
    },
  };

  /** A process as a member of a group that was written before, or by itself. */
  readonly process: Codec<ProcessConfig> = {
    encode: (config) => this.#members.get(config) ?? processConfig.encode(config),
    decode: (json, at) => {
      if (!Array.isArray(json)) return processConfig.decode(json, at);
      const [place, member] = list(natural).decode(json as readonly Json[], at);
      const config = this.#groups[place ?? -1]?.processes[member ?? -1];
      if (config === undefined) throw new Malformed(`${at} is no process of the document`);
      return config;
    },
  };
}

/** The table itself. */
export const groupList: Codec<readonly GroupConfig[]> = list(groupConfig);

interface WrittenState {
  readonly mood: SupervisorState["mood"];
  readonly groups: readonly GroupRecord[];
  readonly processes: readonly WrittenProcess[];
  readonly pids: readonly { readonly pid: number; readonly key: ProcessKey }[];
  readonly stopPlan: StopPlan | null;
  readonly held: readonly { readonly key: ProcessKey; readonly until: readonly ProcessKey[] }[];
  readonly schedules: readonly ({ readonly key: ProcessKey } & ScheduleState)[];
  readonly rules: EndRules;
  readonly ending: Ending | null;
}

/** Supervision whose configurations are in `table`. */
export function supervisionCodec(table: GroupTable): Codec<SupervisorState> {
  const written = object<WrittenState>({
    mood: oneOf("RUNNING", "RESTARTING", "SHUTDOWN"),
    groups: list(object<GroupRecord>({ config: table.group, keys: list(processKeyCodec) })),
    processes: list(
      object<WrittenProcess>({
        key: processKeyCodec,
        group: text,
        config: table.process,
        state: processState,
        runs: runLog,
        wanted: since(nullable(writtenStart), null),
      }),
    ),
    pids: list(object<WrittenState["pids"][number]>({ pid: natural, key: processKeyCodec })),
    stopPlan: nullable(stopPlan),
    held: since(
      list(
        object<WrittenState["held"][number]>({
          key: processKeyCodec,
          until: list(processKeyCodec),
        }),
      ),
      [],
    ),
    schedules: since(list(schedule), []),
    rules: since(rules, NO_RULES),
    ending: since(nullable(ending), null),
  });
  return mapped(
    written,
    (state: SupervisorState) => ({
      mood: state.mood,
      groups: [...state.groups.values()],
      processes: writeStarts(state),
      pids: Array.from(state.pids, ([pid, key]) => ({ pid, key })),
      stopPlan: state.stopPlan,
      held: Array.from(state.held, ([key, until]) => ({ key, until })),
      schedules: Array.from(state.schedules, ([key, schedule]) => ({ key, ...schedule })),
      rules: state.rules,
      ending: state.ending,
    }),
    ({ mood, groups, processes, pids, stopPlan: plan, held, schedules, ...end }) => {
      const starts = readStarts(processes);
      return {
        mood,
        groups: new Map(groups.map((group) => [group.config.name, group])),
        ...starts,
        pids: new Map(pids.map(({ pid, key }) => [pid, key])),
        stopPlan: plan,
        ...linksOf(starts.processes.values()),
        held: new Map(held.map(({ key, until }) => [key, until])),
        witnesses: new Map(),
        schedules: new Map(schedules.map(({ key, ...schedule }) => [key, schedule])),
        ...end,
      };
    },
  );
}
