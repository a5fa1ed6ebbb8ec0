// CONF-011: files in the included directory that the pattern does not match.

import { globMatch } from "../../../core/config/glob.ts";
import { scanIni } from "../../../core/config/ini-scanner.ts";
import { sectionKind } from "../../../core/config/options/table.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { ownership } from "../../facts/access.ts";
import { type IncludePattern, includePatterns } from "../../facts/config-facts.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, groupBy, unknown } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

const SKIPPED = /^[Ii]ncluded file "(.*)" (?:was skipped|cannot be read): /s;
/** Common extensions of configurations, in upper or lower case. */
const SUFFIX = /\.(?:conf|ini|cfg|cnf|config|conf\.txt|ini\.txt|supervisor)$/i;
/** Extensions of backup files. */
const ASIDE =
  /~$|\.(?:bak|old|orig|save|disabled?|off|dist|sample|example|swp|tmp|rej|dpkg-\w+|rpm\w+|ucf-\w+)$/i;

export const NOT_INCLUDED = check("CONF-011", "file is not included", (facts) => {
  const skipped = problemsOf(facts, "CONF-011").map((problem) => {
    // The path is quoted in the notice.
    const path = SKIPPED.exec(problem.message)?.[1] ?? problem.file;
    return skippedFinding(path, problemFinding(problem, facts, explanationOf(path, facts)), facts);
  });
  return [...skipped, ...neighbours(facts)];
});

function skippedFinding(
  path: string,
  finding: Finding,
  { caller, config, probe }: DoctorFacts,
): Finding | Unknown {
  const found = probe.look(path);
  const mayBeReadable = caller.uid !== 0 && config.daemonUid !== caller.uid;
  const isHidden = found.ok ? found.kind === "file" : found.error === "EACCES";
  if (mayBeReadable && isHidden) return unknown(`the contents of ${path} (needs root)`);
  return {
    ...finding,
    severity: "error",
    place: { ...finding.place, file: path, line: null, section: null, key: null },
  };
}

function explanationOf(path: string, { config, probe }: DoctorFacts) {
  const found = probe.look(path);
  const target = probe.linkTarget(path);
  const list = [`ls -la ${shellWord(path)}`];
  if (!found.ok) {
    return {
      cause:
        target === null
          ? "It cannot be examined."
          : `It is a symlink to ${target}, which does not exist.`,
      evidence: [`${found.error}: ${path}`],
      repair: byHand("Create the file, or remove the symlink", list),
    };
  }
  const evidence = [`${path} is a ${found.kind}, ${ownership(found, probe)}`];
  if (found.kind === "directory") {
    const advice =
      "Rename the directory so that it does not match, and move its files to the included directory";
    const cause = "It is a directory, but only files are included.";
    return { cause, evidence, repair: byHand(advice, list) };
  }
  if (found.kind !== "file" || target !== null || config.daemonUid === 0) {
    const cause = `It is a ${found.kind} that cannot be read.`;
    return { cause, evidence, repair: byHand("Give the daemon permission to read it", list) };
  }
  return {
    cause: "The daemon has no permission to read it.",
    evidence,
    repair: repair(
      "Give the file to the daemon's user",
      fix.access("B", path, found, { ...found, uid: config.daemonUid }, probe),
    ),
  };
}

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
      const isAside = ASIDE.test(name) || !isMeant(name, path, probe);
      return isAside ? null : notIncluded(path, name, own, probe);
    });
  });
}

function matches({ path }: IncludePattern, name: string): boolean {
  const { tail } = splitPath(path);
  if (name.startsWith(".") && !tail.startsWith(".")) return false;
  return globMatch(tail, name);
}

/** Has the extension of a configuration, contains programs, and is not a main file. */
function isMeant(name: string, path: string, probe: Probe): boolean {
  const found = probe.look(path);
  if (!SUFFIX.test(name) || !found.ok || found.kind !== "file") return false;
  const scanned = scanIni(probe.readText(path) ?? "", path);
  if (!scanned.ok) return false;
  const kinds = scanned.value.map(({ section }) => sectionKind(section));
  const isProgram = ["program", "fcgi-program", "eventlistener", "group"];
  return (
    !kinds.includes("supervisord") &&
    kinds.some((kind) => kind !== null && isProgram.includes(kind))
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
  const commands = [`mv -n ${shellWord(path)} ${shellWord(next)}`];
  const found = probe.look(path);
  const text = probe.readText(path);
  const isFree = probe.find(next).kind === "missing" && probe.linkTarget(path) === null;
  if (!found.ok || text === null || !isFree) return byHand(advice, commands);
  const [user = "root", group = "root"] = probe.ownerName(found.uid, found.gid).split(":");
  const access = { mode: found.mode & 0o777, owner: { user, group } };
  const make = { kind: "file", path: next, text, ...access, what: "configuration" } as const;
  const remove = { kind: "remove", path, what: "old name" } as const;
  const steps = [
    repairStep(make, "missing", `contents of ${path}`),
    repairStep(remove, "unchanged", `under the name ${next}`, { path, text }),
  ];
  return repair(advice, fix.steps("B", commands, steps));
}
