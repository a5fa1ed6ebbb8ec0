// Files of the configuration: none that can be read (CONF-001), files in the included directory that are not included (CONF-011),
// and changes that the daemon has not applied (CONF-017).

import { globMatch } from "../../../core/config/glob.ts";
import { scanIni } from "../../../core/config/ini-scanner.ts";
import type { GroupConfig } from "../../../core/config/model.ts";
import { sectionKind } from "../../../core/config/options/table.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { PRIVATE_SECTION } from "../../../core/config/server-address.ts";
import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { changedOptions, type IncludePattern, includePatterns } from "../../facts/config-facts.ts";
import type { DoctorFacts, ProgramStatus, RunningDaemon } from "../../facts/doctor-facts.ts";
import { listSome } from "../../facts/logs.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord, tsvCommand } from "../../repairs/commands.ts";
import { fix, joiningOf, repair } from "../../repairs/fix.ts";
import { byHand, ownerOf, repairStep } from "../../repairs/repairs.ts";
import { check, finding, groupBy, unknown } from "../check.ts";
import { ctlFix } from "../programs/program.ts";
import { problemFinding, problemsOf } from "./problems.ts";

export const NO_CONFIGURATION = check("CONF-001", (facts) => {
  const { path } = facts.config;
  if (path === null) return isRun(facts) ? null : noneFound(facts);
  const missing = problemsOf(facts, "CONF-001").map((problem) =>
    isHidden(path, facts)
      ? unknown(`the contents of ${path} (needs root)`)
      : problemFinding(problem, facts, {
          ...whyNoFile(problem.file, facts.probe),
          repair: byHand("Name the right configuration, or create this file", candidates(facts)),
        }),
  );
  return [missing, closedToDaemon(facts)];
});

/** A `tsv run` answers, which needs none. */
function isRun({ servers }: DoctorFacts): boolean {
  return servers.some(({ section, kind }) => section === PRIVATE_SECTION && kind === "answers");
}

/** Why there is no file at a path that can be read. */
function whyNoFile(path: string, probe: Probe): Pick<Finding, "cause" | "evidence"> {
  const found = probe.look(path);
  const target = probe.linkTarget(path);
  if (found.ok) {
    const isFile = found.kind === "file";
    return {
      cause: isFile ? "The file exists, but cannot be read." : `It is a ${found.kind}, not a file.`,
      evidence: [`${path} is a ${found.kind}, ${ownership(found, probe)}`],
    };
  }
  return {
    cause:
      target !== null
        ? `It is a symlink to ${target}, which does not exist.`
        : found.error === "ENOENT"
          ? "The file does not exist."
          : "It cannot be examined.",
    evidence: [`${found.error}: ${path}`],
  };
}

/** Whether a path exists that the caller lacks permission to read, or whether that is unknown. */
function isHidden(path: string, { caller, probe }: DoctorFacts): boolean {
  const found = probe.look(path);
  return caller.uid !== 0 && (found.ok ? found.kind === "file" : found.error === "EACCES");
}

function noneFound(facts: DoctorFacts): Finding {
  // If tsv was called without a path, two entries of the list are the same file.
  const paths = Array.from(new Set(facts.config.search.map(({ path }) => path)));
  return finding("error", "configuration", {
    symptom: "No config file found at default paths",
    cause:
      "No file was named, no daemon of root or of this user uses one, and none of the default paths exists.",
    evidence: paths.map((path) => `ENOENT: ${path}`),
    repair: byHand("Create a configuration, or name the right one", [
      "tsv install",
      "tsv doctor --config FILE",
    ]),
  });
}

function candidates({ config }: DoctorFacts): readonly string[] {
  const there = config.search.filter(({ path, exists }) => exists && path !== config.path);
  if (there.length === 0) return [`tsv sample-conf > ${shellWord(config.path ?? "tsv.conf")}`];
  const paths = Array.from(new Set(there.map(({ path }) => path)));
  return paths.map((path) => `tsv doctor --config ${shellWord(path)}`);
}

/** The daemon reads it as root at its start, and as the user of `user=` at each reread. */
function closedToDaemon(facts: DoctorFacts): Finding | null {
  const { config, probe } = facts;
  const account = daemonAccount(facts);
  if (config.daemon?.ok !== true || account.uid === 0) return null;
  const closed = config.files.flatMap((path) => {
    const pathProblem = firstPathProblem(path, "read", account, probe);
    const seen = pathProblem?.errno === "EACCES" ? pathProblem.seen : null;
    return pathProblem === null || seen === null ? [] : [{ path, pathProblem, seen }];
  });
  const [first] = closed;
  if (first === undefined) return null;
  const { path, pathProblem } = first;
  const lacks = pathProblem.lacks ?? "r";
  const joining = joiningOf(account, facts);
  const members = { uid: -1, gids: [joining?.gid ?? -1] };
  const isForMembers = closed.every(
    (one) =>
      one.seen.gid === joining?.gid && permits(members, one.seen, one.pathProblem.lacks ?? "r"),
  );
  const user = userName(account.uid, probe);
  return finding("warning", path, {
    symptom: "tsv update and tsv reread fail: could not read config file",
    cause: `The daemon runs as ${user}, which has no permission to read the configuration again.`,
    evidence: [describePathProblem(pathProblem, account.uid, probe)],
    place: { file: path, line: null, section: null, key: null },
    repair:
      joining !== null && isForMembers
        ? repair(
            `Let the daemon read the configuration: ${joining.step.will}`,
            fix.steps("B", [joining.command], [joining.step]),
          )
        : byHand(`Give ${user} read permission on ${pathProblem.path}`, [
            shellLine(["setfacl", "-m", `u:${user}:${lacks}`, pathProblem.path]),
          ]),
  });
}

const SKIPPED = /^[Ii]ncluded file "(.*)" (?:was skipped|cannot be read): /s;
/** Common extensions of configurations, in upper or lower case. */
const SUFFIX = /\.(?:conf|ini|cfg|cnf|config|conf\.txt|ini\.txt|supervisor)$/i;
/** Extensions of backup files. */
const ASIDE =
  /~$|\.(?:bak|old|orig|save|disabled?|off|dist|sample|example|swp|tmp|rej|dpkg-\w+|rpm\w+|ucf-\w+)$/i;

export const NOT_INCLUDED = check("CONF-011", (facts) => {
  const { caller, config, probe } = facts;
  const skipped = problemsOf(facts, "CONF-011").map((problem) => {
    // The path is quoted in the notice.
    const path = SKIPPED.exec(problem.message)?.[1] ?? problem.file;
    if (config.daemonUid !== caller.uid && isHidden(path, facts)) {
      return unknown(`the contents of ${path} (needs root)`);
    }
    return problemFinding(problem, facts, {
      ...whyNoFile(path, probe),
      severity: "error",
      place: { file: path, line: null, section: null, key: null },
      repair: byHand(
        "Make it a file that the daemon can read, or rename it so that it does not match",
        [`ls -la ${shellWord(path)}`],
      ),
    });
  });
  return [...skipped, ...neighbours(facts)];
});

function neighbours(facts: DoctorFacts): readonly (Finding | null)[] {
  const { probe } = facts;
  const patterns = includePatterns(facts);
  const directories = groupBy(patterns, ({ path }) => dirname(path));
  return Array.from(directories).flatMap(([directory, own]) => {
    if (/[*?[]/.test(directory)) return [];
    return (probe.list(directory) ?? []).map((name) => {
      const path = joinPath(directory, name);
      const isIncluded = own.some((pattern) => matches(pattern, name));
      // The main file may be in the directory that it includes.
      if (isIncluded || facts.config.files.includes(path)) return null;
      const isAside = ASIDE.test(name) || !isMeant(name, path, facts);
      return isAside ? null : notIncluded(path, name, own, probe);
    });
  });
}

function matches({ path }: IncludePattern, name: string): boolean {
  const { tail } = splitPath(path);
  if (name.startsWith(".") && !tail.startsWith(".")) return false;
  return globMatch(tail, name);
}

/** Has the extension of a configuration, contains programs that no other file has, and is not a main file. */
function isMeant(name: string, path: string, { config, probe }: DoctorFacts): boolean {
  const found = probe.look(path);
  if (!SUFFIX.test(name) || !found.ok || found.kind !== "file") return false;
  const scanned = scanIni(probe.readText(path) ?? "", path);
  if (!scanned.ok) return false;
  const sections = scanned.value.map(({ section }) => [section, sectionKind(section)] as const);
  if (sections.some(([, kind]) => kind === "supervisord")) return false;
  const isProgram = ["program", "fcgi-program", "eventlistener", "group"];
  return sections.some(
    ([section, kind]) =>
      isProgram.includes(kind ?? "") && config.raw?.sections.has(section) !== true,
  );
}

function notIncluded(
  path: string,
  name: string,
  patterns: readonly IncludePattern[],
  probe: Probe,
): Finding {
  const wanted = patterns.map((pattern) => splitPath(pattern.path).tail);
  const suffix = wanted
    .map((tail) => /^\*(\.[\w.]+)$/.exec(tail)?.[1])
    .find((one) => one !== undefined);
  const [pattern] = patterns;
  return finding("warning", path, {
    symptom: `The programs of ${path} are missing.`,
    cause: `The configuration includes ${wanted.join(" and ")}, which does not match ${name}.`,
    evidence: [],
    place: pattern?.place ?? null,
    repair: renameTo(path, suffix === undefined ? null : newName(path, suffix), probe),
  });
}

function newName(path: string, suffix: string): string {
  const { head, tail } = splitPath(path);
  return joinPath(head, tail.replace(/^\.+/, "").replace(SUFFIX, "") + suffix);
}

/** Doctor does not rename a symlink, because its target may have other names. */
function renameTo(path: string, next: string | null, probe: Probe): Repair {
  if (next === null) return byHand("Rename the file, or name it in [include]");
  const advice = `Rename it to ${splitPath(next).tail}`;
  const commands = [shellLine(["mv", "-nT", path, next])];
  const found = probe.look(path);
  const text = probe.readText(path);
  const isFree = probe.find(next).kind === "missing" && probe.linkTarget(path) === null;
  if (!found.ok || text === null || !isFree) return byHand(advice, commands);
  const access = { mode: found.mode & 0o777, owner: ownerOf(found, probe) };
  const make = { kind: "file", path: next, text, ...access, what: "configuration" } as const;
  const remove = { kind: "remove", path, what: "old name" } as const;
  // Two steps, not mv(1): it moves the file into what has become a directory, and takes an existing name for success.
  const steps = [
    repairStep(make, "missing", `contents of ${path}`),
    repairStep(remove, "unchanged", `under the name ${next}`, { path, text }),
  ];
  return repair(advice, fix.steps("B", commands, steps));
}

const TWIDDLER = /twiddler/i;

export const NOT_TAKEN_OVER = check("CONF-017", (facts) => {
  const { daemon, programs } = facts;
  const config = readConfig(facts);
  if (daemon === null || programs === null || config === null) return null;
  const { groups, rpcInterfaces } = config;
  const has = new Set(programs.map(({ group }) => group));
  // Programs that were added at run time are in no file.
  const hasOthers = rpcInterfaces.some(({ factory }) => TWIDDLER.test(factory));
  const known = new Set(groups.map(({ name }) => name));
  const removed = hasOthers ? [] : Array.from(has).filter((name) => !known.has(name));
  const kept = groups.filter(({ name }) => has.has(name));
  const stale = new Map(kept.map((group) => [group, unread(group, facts)]));
  const unclear = kept.filter((group) => stale.get(group) === null);
  return [
    groups.map((group) => (has.has(group.name) ? null : added(group, daemon, facts))),
    removed.map((name) => removedFinding(name, facts)),
    [...stale.values()],
    Array.from(
      groupBy(unclear, ({ origin }) => origin.file),
      ([file, own]) => changed(file, own, daemon, facts),
    ),
  ];
});

function modifiedAt(file: string, probe: Probe): number {
  const found = probe.look(file);
  return found.ok ? found.modifiedMs : 0;
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
  const words = ["update", name];
  const shown = { now: "unknown to the daemon", will: "added, and started if autostart is set" };
  return finding(isNew ? "warning" : "info", name, {
    symptom: `${name}: ERROR (no such process)`,
    cause:
      "The running daemon does not have this group: it was added to the file since, or removed from the daemon.",
    evidence: [`[${origin.section}] is in ${origin.file}, but the daemon has no group ${name}`],
    place: { ...origin, key: null },
    repair: isNew
      ? repair("Add it to the daemon", ctlFix(words, `add group ${name}`, shown, facts))
      : byHand("Add it to the daemon, if you want it", [tsvCommand(words, facts)]),
  });
}

function removedFinding(name: string, facts: DoctorFacts): Finding {
  return finding("warning", name, {
    symptom: `${name} still exists in the daemon, but in no file`,
    cause: "The group was removed from the configuration, but the daemon has not read it again.",
    evidence: [`the daemon has a group ${name}, the files do not`],
    repair: byHand("Stop and remove it, if it is not needed any more", [
      tsvCommand(["update", name], facts),
    ]),
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
  const shown = { now: "old configuration", will: "new configuration, restarted" };
  return finding("warning", name, {
    symptom: `${name} keeps its old ${Array.from(keys).join(", ")}, even after a restart`,
    cause: "The file was changed after the daemon had read it.",
    evidence: [`[${origin.section}] in ${origin.file} differs from the daemon's configuration`],
    place: { ...origin, key: null },
    repair: repair(
      "Make the daemon read the file, and restart the group",
      ctlFix(["update", name], what, shown, facts),
    ),
  });
}

/** The modification time does not show what was changed; it may be only a comment. */
function changed(
  file: string,
  groups: readonly GroupConfig[],
  { startedMs }: RunningDaemon,
  facts: DoctorFacts,
): Finding | null {
  const modified = modifiedAt(file, facts.probe);
  // Start times are truncated to whole seconds: a file written in the same second was read before the start.
  const isOlder = ({ start }: ProgramStatus): boolean => (start + 1) * 1000 <= modified;
  const running = groupBy(
    (facts.programs ?? []).filter(({ state }) => state === "RUNNING"),
    ({ group }) => group,
  );
  const names = groups
    .map(({ name }) => name)
    .filter((name) => running.get(name)?.every(isOlder) === true);
  if (modified <= startedMs || names.length === 0) return null;
  const minutes = Math.max(1, Math.round((facts.nowMs - modified) / 60_000));
  return finding("info", file, {
    symptom: "A change in the file has no effect on running programs.",
    cause:
      "The file is newer than its running programs. Doctor does not know whether their options changed.",
    evidence: [`${file} was changed ${minutes} min ago, after ${listSome(names, 5)} had started`],
    place: { file, line: null, section: null, key: null },
    repair: byHand("Check the changes, then apply them", [
      tsvCommand(["reread"], facts),
      tsvCommand(["update"], facts),
    ]),
  });
}
