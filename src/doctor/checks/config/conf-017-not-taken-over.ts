// CONF-017: the configuration was changed, but the daemon has not applied it.

import type { Config, GroupConfig } from "../../../core/config/model.ts";
import { changedOptions } from "../../facts/config-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

const TWIDDLER = /twiddler/i;

/** The options that are compared. */
interface Both {
  readonly daemon: RunningDaemon;
  readonly config: Config;
  /** Names of groups that the daemon has. */
  readonly has: ReadonlySet<string>;
  readonly situation: Situation;
  readonly probe: Probe;
}

export const NOT_TAKEN_OVER = check(
  "CONF-017",
  "configuration change not applied",
  (situation, probe) => {
    const { daemon, programs, config } = situation;
    if (daemon === null || programs === null || config.daemon?.ok !== true) return [];
    const has = new Set(programs.map(({ group }) => group));
    const both: Both = { daemon, config: config.daemon.value, has, situation, probe };
    return [...added(both), ...removed(both), ...unread(both), ...changed(both)];
  },
);

function modifiedAt(file: string, probe: Probe): number {
  const found = probe.look(file);
  return found.ok ? found.modifiedMs : 0;
}

function update({ situation }: Both, names: readonly string[]): readonly string[] {
  const { executable, config } = situation;
  const file = config.path === null ? [] : ["-c", config.path];
  return [executable.path, "ctl", ...file, "update", ...names];
}

/** The same command, as shown to users. */
function updateLine({ situation }: Both, names: readonly string[]): string {
  const { path } = situation.config;
  return shellLine(["tsv", "update", ...(path === null ? [] : ["-c", path]), ...names]);
}

/** A group that was removed from the running daemon returns at the next start: its file is older than the daemon. */
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
      "unknown to the daemon",
      "added, and started if autostart is set",
    );
    return finding(isNew ? "warning" : "info", name, {
      symptom: `${name}: ERROR (no such process)`,
      cause: isNew
        ? "The group was added to the configuration after the daemon had read it."
        : "The group was removed from the running daemon. It returns at the next start of the daemon.",
      evidence: [`[${origin.section}] is in ${origin.file}, but the daemon has no group ${name}`],
      place: { file: origin.file, line: origin.line, section: origin.section, key: null },
      repair: isNew
        ? {
            class: "B",
            advice: "Add it to the daemon",
            commands: [updateLine(both, [name])],
            steps: [step],
          }
        : byHand("Add it to the daemon, if you want it", [updateLine(both, [name])]),
    });
  });
}

/** Programs that were added at run time are in no file. */
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
      return finding(isEdited ? "warning" : "info", name, {
        symptom: `${name} still exists in the daemon, but in no file`,
        cause:
          "The group was removed from the configuration, but the daemon has not read it again.",
        evidence: [`the daemon has a group ${name}, the files do not`],
        repair: byHand("Stop and remove it, if it is not needed any more", [command]),
      });
    });
}

/** Compares the programs of the daemon with those of the files, which the daemon has not read since. */
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
      {
        kind: "command",
        argv,
        undo: null,
        what: `restart group ${name} with the configuration in its file`,
      },
      "old configuration",
      "new configuration, restarted",
    );
    return [
      finding("warning", name, {
        symptom: `${name} keeps its old ${Array.from(keys).join(", ")}, even after a restart`,
        cause: "The file was changed after the daemon had read it.",
        evidence: [`[${origin.section}] in ${origin.file} differs from the daemon's configuration`],
        place: { file: origin.file, line: origin.line, section: origin.section, key: null },
        repair: {
          class: "B",
          advice: "Make the daemon read the file, and restart the group",
          commands: [updateLine(both, [name])],
          steps: [step],
        },
      }),
    ];
  });
}

/** The modification time does not show what was changed; it may be only a comment. */
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
    // Start times are truncated to whole seconds: a file written in the same second was read before the start.
    if (modified <= daemon.startedMs || start === undefined || start + 1000 > modified) continue;
    files.set(file, [...(files.get(file) ?? []), group]);
  }
  return Array.from(files, ([file, groups]): Finding => {
    const minutes = Math.max(1, Math.round((situation.nowMs - timeOf(file)) / 60_000));
    const names = groups.slice(0, 5).map(({ name }) => name);
    const more = groups.length > names.length ? ` and ${groups.length - names.length} more` : "";
    return finding("info", file, {
      symptom: "A change in the file has no effect on running programs.",
      cause:
        "The file is newer than its running programs. Doctor does not know whether their options changed.",
      evidence: [
        `${file} was changed ${minutes} min ago, after ${names.join(", ")}${more} had started`,
      ],
      place: { file, line: null, section: null, key: null },
      repair: byHand("Check the changes, then apply them", [
        `tsv ctl -c ${shellWord(both.config.daemon.configFile)} reread`,
        updateLine(both, []),
      ]),
    });
  });
}

/** The latest start of a running process, by group. */
function latestStarts({ programs }: Situation): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { group, state, start } of programs ?? []) {
    if (state !== "RUNNING") continue;
    starts.set(group, Math.max(starts.get(group) ?? 0, start * 1000));
  }
  return starts;
}
