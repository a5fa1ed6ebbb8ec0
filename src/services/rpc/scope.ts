// What a caller sees of the daemon. A caller that is not an admin sees the programs of its patterns alone: methods and pages that
// get this view find no others, and answer as if there were none.

import { namesOfOthers, withoutNames } from "../../core/access/other-programs.ts";
import type { Grant } from "../../core/access/principal.ts";
import { type ProgramFilter, programFilter } from "../../core/access/programs.ts";
import { type ProcessKey, parseNamespec, processKey } from "../../core/base/ids.ts";
import type { Config, GroupConfig } from "../../core/config/model.ts";
import type { LoggedEvent, Page } from "../../core/event-log/event-log.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import type { EventReader } from "../event-log/api.ts";
import type { EventPools } from "../events/api.ts";
import type { GroupView, SupervisorApi } from "../supervisor/api.ts";
import type { UsageApi, Usages } from "../usage/api.ts";

/** The parts of the daemon that tell of programs. */
export interface Sources {
  readonly supervisor: SupervisorApi;
  readonly eventLog: EventReader;
  readonly usage: UsageApi;
  readonly events: EventPools;
}

/**
 * How each function is limited. `filtered`: it returns less. `by key`: its key comes from a filtered one. `of all`: it tells of no
 * program. `configure`: only callers with permissions that are not limited to programs get to it.
 */
const LIMITS = {
  groups: "filtered",
  group: "filtered",
  process: "filtered",
  config: "filtered",
  neededStarts: "filtered",
  state: "of all",
  identifier: "of all",
  info: "filtered",
  environment: "by key",
  report: "filtered",
  checkStart: "by key",
  start: "by key",
  stop: "by key",
  restartProcess: "by key",
  whenStopped: "by key",
  signal: "by key",
  reloadProcess: "by key",
  writeStdin: "by key",
  resize: "by key",
  whenRunEnds: "by key",
  addGroup: "configure",
  removeGroup: "configure",
  addProgram: "configure",
  removeProcess: "configure",
  reread: "configure",
  plan: "configure",
  options: "configure",
  checkSockets: "configure",
  apply: "configure",
  decide: "configure",
  rollBack: "configure",
  shutdown: "configure",
  restart: "configure",
  remoteCommEvent: "configure",
} as const satisfies Readonly<
  Record<keyof SupervisorApi, "filtered" | "by key" | "of all" | "configure">
>;

type Filtered = {
  [K in keyof typeof LIMITS]: (typeof LIMITS)[K] extends "filtered" ? K : never;
}[keyof typeof LIMITS];

/** Gives the view of a caller. */
export type Scopes = (caller: Pick<Grant, "programs">) => Sources;

/** @returns gives the view of a caller: everything for an admin; one view for all callers with the same array of patterns */
export function createScopes(all: Sources): Scopes {
  const views = new WeakMap<readonly string[], Sources>();
  return ({ programs }) => {
    if (programs === null) return all;
    const known = views.get(programs);
    if (known !== undefined) return known;
    const view = limited(all, programFilter(programs));
    views.set(programs, view);
    return view;
  };
}

function limited({ supervisor, eventLog, usage, events }: Sources, filter: ProgramFilter): Sources {
  const used = (usages: Usages): Usages =>
    new Map([...usages].filter(([key]) => filter.hasProcess(key)));
  return {
    supervisor: limitedSupervisor(supervisor, filter),
    eventLog: limitedEvents(eventLog, filter),
    usage: {
      async look() {
        const usages = await usage.look();
        return usages === null ? null : used(usages);
      },
      latest: () => used(usage.latest()),
      watch: (listener) => usage.watch((usages) => listener(usages === null ? null : used(usages))),
    },
    events: {
      pools: () =>
        events.pools().flatMap((pool) => {
          const listeners = pool.listeners.filter(({ key }) => filter.hasProcess(key));
          return listeners.length === 0 ? [] : [{ ...pool, listeners }];
        }),
    },
  };
}

function limitedSupervisor(of: SupervisorApi, filter: ProgramFilter): SupervisorApi {
  // A group that runs and its definition as last read are compared.
  const known = new WeakMap<GroupConfig, GroupConfig>();
  const limitedTo = (group: GroupConfig): GroupConfig => {
    const limited = known.get(group) ?? limitedGroup(group, filter);
    known.set(group, limited);
    return limited;
  };
  const seen = (group: GroupView | null): readonly GroupView[] => {
    const processes = group?.processes.filter(({ key }) => filter.hasProcess(key)) ?? [];
    if (group === null || processes.length === 0) return [];
    return [{ config: limitedTo(group.config), processes }];
  };
  const isSeen = (name: string): boolean => {
    const { group, process } = parseNamespec(name);
    return filter.hasProcess(processKey(group, process ?? ""));
  };
  /** Programs that a process waits for, or that block it, and that the caller does not see. */
  const hidden = (key: ProcessKey): readonly string[] => {
    const report = of.report(key);
    if (report === null || report.waits === "") return [];
    const processes = of.groups().flatMap((group) => seen(group).flatMap((each) => each.processes));
    const { config, blockedBy } = report;
    const names = namesOfOthers(config, processes);
    return blockedBy === "" || isSeen(blockedBy) ? names : [...names, blockedBy];
  };
  const shown = (key: ProcessKey, text: string): string => withoutNames(text, hidden(key));
  const own: Pick<SupervisorApi, Filtered> = {
    groups: () => of.groups().flatMap(seen),
    group: (name) => seen(of.group(name))[0] ?? null,
    process(group, name) {
      const process = of.process(group, name);
      return process !== null && filter.hasProcess(process.key) ? process : null;
    },
    config: () => limitedConfig(of.config(), limitedTo),
    info(key) {
      const info = of.info(key);
      return info === null ? null : { ...info, description: shown(key, info.description) };
    },
    report(key) {
      const report = of.report(key);
      if (report === null) return null;
      const { waits, blockedBy } = report;
      const by = blockedBy !== "" && isSeen(blockedBy) ? blockedBy : "";
      return { ...report, waits: shown(key, waits), blockedBy: by };
    },
    neededStarts: (key) => of.neededStarts(key).filter(isSeen),
  };
  return new Proxy(of, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Without other programs, decisions about them, servers, users, receivers, and secrets in commands. */
function limitedConfig(config: Config, limitedTo: (group: GroupConfig) => GroupConfig): Config {
  const groups = config.groups.map(limitedTo).filter(({ processes }) => processes.length > 0);
  const sections = new Set(
    groups.flatMap(({ processes }) => processes.map(({ origin }) => origin.section)),
  );
  const decisions = config.decisions.filter(({ section }) => sections.has(section));
  return { ...config, groups, decisions, servers: [], users: [], receivers: [] };
}

function limitedGroup(group: GroupConfig, filter: ProgramFilter): GroupConfig {
  const processes = group.processes
    .filter(({ name }) => filter.hasProcess(processKey(group.name, name)))
    .map((process) => ({
      ...process,
      command: redactPatterns(process.shown["command"] ?? process.command),
    }));
  return { ...group, processes };
}

function limitedEvents(of: EventReader, filter: ProgramFilter): EventReader {
  const sees = ({ what }: LoggedEvent): boolean => {
    if ("key" in what) return filter.hasProcess(what.key);
    return "group" in what ? filter.hasGroup(what.group) : true;
  };
  return {
    end: () => of.end(),
    after(cursor, limit): Page {
      const page = of.after(cursor, limit);
      return { ...page, events: page.events.filter(sees) };
    },
    watch: (watcher) =>
      of.watch((event) => {
        if (sees(event)) watcher(event);
      }),
  };
}
