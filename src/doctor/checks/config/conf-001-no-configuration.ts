// CONF-001: the configuration does not exist or cannot be read.

import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  userName,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Unknown } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { fix, joiningOf, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

export const NO_CONFIGURATION = check(
  "CONF-001",
  "missing or unintended configuration",
  (facts) => {
    const { path } = facts.config;
    if (path === null) return noneFound(facts);
    const missing = problemsOf(facts, "CONF-001").map((problem) => {
      const explanation = {
        cause: causeAt(problem.file, facts.probe),
        evidence: evidenceAt(problem.file, facts.probe),
        repair: byHand("Name the right configuration, or create this file", candidates(facts)),
      };
      return unlessHidden(problemFinding(problem, facts, explanation), path, facts);
    });
    return [missing, closedToDaemon(facts), others(facts)];
  },
);

/** Without permission to search the directory, it is unknown whether the file exists. */
function unlessHidden(
  finding: Finding,
  path: string,
  { caller, probe }: DoctorFacts,
): Finding | Unknown {
  const found = probe.look(path);
  const isHidden = found.ok ? found.kind === "file" : found.error === "EACCES";
  return caller.uid !== 0 && isHidden ? unknown(`the contents of ${path} (needs root)`) : finding;
}

function causeAt(path: string, probe: Probe): string {
  const found = probe.look(path);
  if (!found.ok) {
    const target = probe.linkTarget(path);
    return target === null
      ? "The file does not exist."
      : `It is a symlink to ${target}, which does not exist.`;
  }
  if (found.kind === "file") return "The file exists, but cannot be read.";
  return `It is a ${found.kind}, not a file.`;
}

function evidenceAt(path: string, probe: Probe): readonly string[] {
  const found = probe.look(path);
  return [
    found.ok ? `${path} is a ${found.kind}, ${ownership(found, probe)}` : `${found.error}: ${path}`,
  ];
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
  const bits = { r: 0o040, w: 0o020, x: 0o010 };
  const isForMembers = closed.every(
    (one) =>
      one.seen.gid === joining?.gid && (one.seen.mode & bits[one.pathProblem.lacks ?? "r"]) !== 0,
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

/** Only one of several files is used. Usually that is intended, so it is a note. */
function others({ config: { path, search, chosenBy } }: DoctorFacts): Finding | null {
  const isAlone = search.every((one) => !one.exists || one.path === path);
  if (chosenBy !== "search" || path === null || isAlone) return null;
  const evidence = search.map((one) => {
    const state = one.path === path ? "used" : one.exists ? "exists, not used" : "missing";
    return `${one.path}: ${state}`;
  });
  return finding("info", path, {
    symptom: "Changes to a configuration file have no effect.",
    cause: "Several files exist in the search path, and only the first of them is used.",
    evidence: Array.from(new Set(evidence)),
    repair: byHand("Name the right file with -c"),
  });
}
