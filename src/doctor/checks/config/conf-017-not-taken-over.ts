// CONF-017: the configuration was changed, but the daemon has not applied it.

import type { GroupConfig } from "../../../core/config/model.ts";
import { readConfig } from "../../facts/access.ts";
import { changedOptions } from "../../facts/config-facts.ts";
import type { DoctorFacts, RunningDaemon } from "../../facts/doctor-facts.ts";
import { listSome } from "../../facts/logs.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Fix } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, groupBy } from "../check.ts";

const TWIDDLER = /twiddler/i;

export const NOT_TAKEN_OVER = check("CONF-017", "configuration change not applied", (facts) => {
  const { daemon, programs } = facts;
  const config = readConfig(facts);
  if (daemon === null || programs === null || config === null) return null;
  const { groups, rpcInterfaces } = config;
  const has = new Set(programs.map(({ group }) => group));
  // Programs that were added at run time are in no file.
  const hasOthers = rpcInterfaces.some(({ factory }) => TWIDDLER.test(factory));
  const known = new Set(groups.map(({ name }) => name));
  const removed = hasOthers ? [] : Array.from(has).filter((name) => !known.has(name));
  return [
    groups.map((group) => (has.has(group.name) ? null : added(group, daemon, facts))),
    removed.map((name) => removedFinding(name, daemon, facts)),
    groups.map((group) => (has.has(group.name) ? unread(group, facts) : null)),
    changed(groups, daemon, facts),
  ];
});

function modifiedAt(file: string, probe: Probe): number {
  const found = probe.look(file);
  return found.ok ? found.modifiedMs : 0;
}

/** The command that updates groups, as shown to users. */
function updateLine({ config }: DoctorFacts, names: readonly string[]): string {
  const { path } = config;
  return shellLine(["tsv", "update", ...(path === null ? [] : ["-c", path]), ...names]);
}

/** @param what for messages: "add group web" */
function update(name: string, facts: DoctorFacts, what: string, now: string, will: string): Fix {
  const { executable, config } = facts;
  const file = config.path === null ? [] : ["-c", config.path];
  const argv = [executable.path, "ctl", ...file, "update", name];
  const { steps } = fix.command("B", argv, what, { now, will });
  return fix.steps("B", [updateLine(facts, [name])], steps);
}

function placeOf({ origin: { file, line, section } }: GroupConfig): Finding["place"] {
  return { file, line, section, key: null };
}

/** A group that was removed from the running daemon returns at the next start: its file is older than the daemon. */
function added(
  group: GroupConfig,
  { startedMs }: RunningDaemon,
  facts: DoctorFacts,
): Finding | null {
  const { origin, name, processes } = group;
  if (processes.length === 0) return null;
  const isNew = modifiedAt(origin.file, facts.probe) > startedMs;
  const will = "added, and started if autostart is set";
  return finding(isNew ? "warning" : "info", name, {
    symptom: `${name}: ERROR (no such process)`,
    cause: isNew
      ? "The group was added to the configuration after the daemon had read it."
      : "The group was removed from the running daemon. It returns at the next start of the daemon.",
    evidence: [`[${origin.section}] is in ${origin.file}, but the daemon has no group ${name}`],
    place: placeOf(group),
    repair: isNew
      ? repair(
          "Add it to the daemon",
          update(name, facts, `add group ${name}`, "unknown to the daemon", will),
        )
      : byHand("Add it to the daemon, if you want it", [updateLine(facts, [name])]),
  });
}

function removedFinding(name: string, { startedMs }: RunningDaemon, facts: DoctorFacts): Finding {
  const { files } = facts.config;
  const isEdited = files.some((file) => modifiedAt(file, facts.probe) > startedMs);
  return finding(isEdited ? "warning" : "info", name, {
    symptom: `${name} still exists in the daemon, but in no file`,
    cause: "The group was removed from the configuration, but the daemon has not read it again.",
    evidence: [`the daemon has a group ${name}, the files do not`],
    repair: byHand("Stop and remove it, if it is not needed any more", [updateLine(facts, [name])]),
  });
}

/** Compares the programs of the daemon with those of the files, which the daemon has not read since. */
function unread(group: GroupConfig, facts: DoctorFacts): Finding | null {
  const { name, origin, processes } = group;
  const known = (facts.known ?? []).filter((one) => one["group"] === name);
  const keys = new Set(
    processes.flatMap((process) => {
      const before = known.find((one) => one["name"] === process.name);
      return before === undefined ? [] : changedOptions(before, process);
    }),
  );
  if (keys.size === 0) return null;
  const what = `restart group ${name} with the configuration in its file`;
  return finding("warning", name, {
    symptom: `${name} keeps its old ${Array.from(keys).join(", ")}, even after a restart`,
    cause: "The file was changed after the daemon had read it.",
    evidence: [`[${origin.section}] in ${origin.file} differs from the daemon's configuration`],
    place: placeOf(group),
    repair: repair(
      "Make the daemon read the file, and restart the group",
      update(name, facts, what, "old configuration", "new configuration, restarted"),
    ),
  });
}

/** The modification time does not show what was changed; it may be only a comment. */
function changed(
  groups: readonly GroupConfig[],
  { startedMs }: RunningDaemon,
  facts: DoctorFacts,
): readonly Finding[] {
  const starts = latestStarts(facts);
  const times = new Map<string, number>();
  for (const { origin } of groups) {
    if (!times.has(origin.file)) times.set(origin.file, modifiedAt(origin.file, facts.probe));
  }
  const files = groupBy(groups, ({ name, origin }) => {
    const modified = times.get(origin.file) ?? 0;
    const start = starts.get(name);
    // Start times are truncated to whole seconds: a file written in the same second was read before the start.
    const isNewer = modified > startedMs && start !== undefined && start + 1000 <= modified;
    return isNewer ? origin.file : null;
  });
  return Array.from(files, ([file, members]): Finding => {
    const ago = facts.nowMs - (times.get(file) ?? 0);
    const minutes = Math.max(1, Math.round(ago / 60_000));
    const names = listSome(
      members.map(({ name }) => name),
      5,
    );
    return finding("info", file, {
      symptom: "A change in the file has no effect on running programs.",
      cause:
        "The file is newer than its running programs. Doctor does not know whether their options changed.",
      evidence: [`${file} was changed ${minutes} min ago, after ${names} had started`],
      place: { file, line: null, section: null, key: null },
      repair: byHand("Check the changes, then apply them", [
        `tsv ctl -c ${shellWord(facts.config.path ?? "")} reread`,
        updateLine(facts, []),
      ]),
    });
  });
}

/** The latest start of a running process, by group. */
function latestStarts({ programs }: DoctorFacts): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { group, state, start } of programs ?? []) {
    if (state !== "RUNNING") continue;
    starts.set(group, Math.max(starts.get(group) ?? 0, start * 1000));
  }
  return starts;
}
