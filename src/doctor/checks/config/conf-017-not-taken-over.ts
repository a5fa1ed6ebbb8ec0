// CONF-017: a configuration that was changed, and that the daemon has not taken over.

import type { Config, GroupConfig } from "../../../core/config/model.ts";
import { changedOptions } from "../../facts/changed-options.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

const TWIDDLER = /twiddler/i;

/** What is compared. */
interface Both {
  readonly daemon: RunningDaemon;
  readonly config: Config;
  /** Names of groups that the daemon has. */
  readonly has: ReadonlySet<string>;
  readonly situation: Situation;
  readonly probe: Probe;
}

export const NOT_TAKEN_OVER = defineCheck({
  code: "CONF-017",
  area: "config",
  title: "change that the daemon has not taken over",
  page: {
    symptom:
      "`ERROR (no such process)` for a program that stands in the file, or a program that goes on with its old command after `restart`.",
    cause:
      "The daemon reads its configuration when it starts, and again only when it is told to: `restart NAME` starts the program anew with what the daemon knows. Doctor compares what the files say with what the daemon says, and the times of files with those of programs.",
    repair:
      "`tsv update` takes everything over: it starts what is new, ends what is gone and restarts what has changed. With --fix and a yes doctor does that for one group after the other: a new one is added, one that has changed is restarted.",
  },
  look(situation, probe) {
    const { daemon, programs, config } = situation;
    if (daemon === null || programs === null || config.daemon?.ok !== true) return [];
    const has = new Set(programs.map(({ group }) => group));
    const both: Both = { daemon, config: config.daemon.value, has, situation, probe };
    return [...added(both), ...removed(both), ...unread(both), ...changed(both)];
  },
});

function modifiedAt(file: string, probe: Probe): number {
  const found = probe.look(file);
  return found.ok ? found.modifiedMs : 0;
}

function update({ situation }: Both, names: readonly string[]): readonly string[] {
  const { executable, config } = situation;
  const file = config.path === null ? [] : ["-c", config.path];
  return [executable.path, "ctl", ...file, "update", ...names];
}

/** The same for people. */
function updateLine({ situation }: Both, names: readonly string[]): string {
  const { path } = situation.config;
  return shellLine(["tsv", "update", ...(path === null ? [] : ["-c", path]), ...names]);
}

/** A group that somebody removed by hand comes back with the daemon: its file is older than that. */
function added(both: Both): readonly Finding[] {
  const { config, has, daemon, probe } = both;
  const missing = config.groups.filter(
    ({ name, processes }) => !has.has(name) && processes.length > 0,
  );
  return missing.map((group): Finding => {
    const { origin, name } = group;
    const isNew = modifiedAt(origin.file, probe) > daemon.startedMs;
    const argv = update(both, [name]);
    const step = repairStep(
      { kind: "command", argv, undo: null, what: `add group ${name}` },
      "not known to the daemon",
      "added, and started where autostart says so",
    );
    return {
      severity: isNew ? "warning" : "info",
      subject: name,
      symptom: `${name}: ERROR (no such process)`,
      cause: isNew
        ? "The group was added to the configuration after the daemon had read it."
        : "The group was removed from the daemon while it runs, and will be back when it starts anew.",
      evidence: [`[${origin.section}] is in ${origin.file}, and the daemon has no group ${name}`],
      place: { file: origin.file, line: origin.line, section: origin.section, key: null },
      repair: isNew
        ? {
            class: "B",
            advice: "Let the daemon add it",
            commands: [updateLine(both, [name])],
            steps: [step],
          }
        : byHand("Let the daemon add it, if it is wanted", [updateLine(both, [name])]),
    };
  });
}

/** Programs that were added while the daemon runs stand in no file. */
function removed(both: Both): readonly Finding[] {
  const { config, has, daemon, situation, probe } = both;
  if (config.rpcInterfaces.some(({ factory }) => TWIDDLER.test(factory))) return [];
  const isEdited = situation.config.files.some(
    (file) => modifiedAt(file, probe) > daemon.startedMs,
  );
  const known = new Set(config.groups.map(({ name }) => name));
  return Array.from(has)
    .filter((name) => !known.has(name))
    .map((name): Finding => {
      const command = updateLine(both, [name]);
      return {
        severity: isEdited ? "warning" : "info",
        subject: name,
        symptom: `${name} is still there, although no file mentions it`,
        cause: "The group was removed from the configuration, and the daemon has not been told.",
        evidence: [`the daemon has a group ${name}, and the files have none`],
        place: null,
        repair: byHand("Stop and remove it, if it is not wanted any more", [command]),
      };
    });
}

/** What the daemon says of its programs is compared with what the files say: it has not read them since. */
function unread(both: Both): readonly Finding[] {
  const { config, has, situation } = both;
  const known = new Map(
    (situation.known ?? []).map((one) => [`${one["group"]}:${one["name"]}`, one]),
  );
  return config.groups.flatMap((group): readonly Finding[] => {
    const { name, origin, processes } = group;
    if (!has.has(name)) return [];
    const keys = new Set(
      processes.flatMap((process) => {
        const before = known.get(`${name}:${process.name}`);
        return before === undefined ? [] : changedOptions(before, process);
      }),
    );
    if (keys.size === 0) return [];
    const argv = update(both, [name]);
    const step = repairStep(
      { kind: "command", argv, undo: null, what: `restart group ${name} with what its file says` },
      "as the daemon has read it",
      "as its file says, restarted",
    );
    return [
      {
        severity: "warning",
        subject: name,
        symptom: `${name} runs with its old ${Array.from(keys).join(", ")}, also after a restart`,
        cause: "The file was changed after the daemon had read it.",
        evidence: [`[${origin.section}] in ${origin.file} says something else than the daemon`],
        place: { file: origin.file, line: origin.line, section: origin.section, key: null },
        repair: {
          class: "B",
          advice: "Let the daemon read it, and restart the group",
          commands: [updateLine(both, [name])],
          steps: [step],
        },
      },
    ];
  });
}

/** Times alone do not say what was changed: a comment is enough to make a file newer. */
function changed(both: Both): readonly Finding[] {
  const { config, daemon, probe, situation } = both;
  const times = new Map<string, number>();
  const timeOf = (file: string): number => {
    const known = times.get(file) ?? modifiedAt(file, probe);
    times.set(file, known);
    return known;
  };
  const starts = latestStarts(situation);
  const files = new Map<string, GroupConfig[]>();
  for (const group of config.groups) {
    const { file } = group.origin;
    const modified = timeOf(file);
    const start = starts.get(group.name);
    // The moment of a start is one of whole seconds, cut off: what was written in that second was read before.
    if (modified <= daemon.startedMs || start === undefined || start + 1000 > modified) continue;
    files.set(file, [...(files.get(file) ?? []), group]);
  }
  return Array.from(files, ([file, groups]): Finding => {
    const minutes = Math.max(1, Math.round((situation.nowMs - timeOf(file)) / 60_000));
    const names = groups.slice(0, 5).map(({ name }) => name);
    const more = groups.length > names.length ? ` and ${groups.length - names.length} more` : "";
    return {
      severity: "info",
      subject: file,
      symptom: "A change of the file has no effect on programs that run.",
      cause:
        "The file is newer than the programs in it; what of them has changed, it does not say.",
      evidence: [
        `${file} was changed ${minutes} min ago, after ${names.join(", ")}${more} had started`,
      ],
      place: { file, line: null, section: null, key: null },
      repair: byHand("See what has changed, then take it over", [
        `tsv ctl -c ${shellWord(both.config.daemon.configFile)} reread`,
        updateLine(both, []),
      ]),
    };
  });
}

/** When a process of each group was started last, of those that are up. */
function latestStarts({ programs }: Situation): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { group, state, start } of programs ?? []) {
    if (state !== "RUNNING") continue;
    starts.set(group, Math.max(starts.get(group) ?? 0, start * 1000));
  }
  return starts;
}
