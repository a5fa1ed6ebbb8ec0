// CONF-010: [include] that includes nothing.

import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { dirname, joinPath } from "../../../core/config/paths.ts";
import { includePatterns } from "../../facts/include-patterns.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

const PATTERN = /^No file matches via include "(.*)"$/s;

export const INCLUDE = defineCheck({
  code: "CONF-010",
  area: "config",
  title: "[include] without effect",
  repairs: ["B", "C"],
  page: {
    symptom:
      '`.ini file has [include] section, but no files setting`, or the programs of included files are missing, and the log of the daemon contains `No file matches via include "..."`.',
    cause:
      "The option `files` is missing, its pattern matches nothing, or the section is in an included file, where it has no effect. Patterns are relative to the main file.",
    repair:
      "With --fix, doctor adds `files` after you confirm if there is a directory `conf.d` beside the configuration. An existing directory without a matching file is not an error; doctor mentions it only with --verbose.",
  },
  look(situation, probe) {
    return problemsOf(situation, "CONF-010").flatMap((problem) => {
      const finding = explain(problem, situation, probe);
      return finding === null ? [] : [finding];
    });
  },
});

function explain(problem: CheckProblem, situation: Situation, probe: Probe) {
  if (problem.rule === "include-without-files") {
    return problemFinding(problem, situation, {
      cause: "The section has no option that names the files to include.",
      repair: addFiles(problem, probe),
    });
  }
  if (problem.rule === "include-nested") {
    return problemFinding(problem, situation, {
      cause: "Only the main file can include others.",
      repair: byHand("Include these files in the [include] section of the main file"),
    });
  }
  return noMatch(problem, situation, probe);
}

/** An empty conf.d is normal in a new installation; a missing directory or file is an error. */
function noMatch(problem: CheckProblem, situation: Situation, probe: Probe) {
  // The pattern is quoted in Supervisor's message.
  const pattern = PATTERN.exec(problem.message)?.[1] ?? "";
  const directory = dirname(pattern);
  const isMagic = /[*?[]/.test(pattern);
  const found = probe.look(directory);
  const canList = /[*?[]/.test(directory) || probe.list(directory) !== null;
  if (found.ok && !canList && situation.caller.uid !== 0) {
    return { unknown: `which files ${pattern} matches (needs root)` };
  }
  const place = includePatterns(situation).find(({ path }) => path === pattern)?.place ?? null;
  const isEmpty = isMagic && (found.ok || /[*?[]/.test(directory));
  const finding: Finding = problemFinding(problem, situation, {
    severity: isEmpty ? "info" : "warning",
    cause: isEmpty
      ? "No file in the directory matches."
      : found.ok
        ? "The file does not exist."
        : `The directory ${directory} does not exist.`,
    evidence: found.ok ? [] : [`${found.error}: ${directory}`],
    repair: byHand("Create a matching file, or correct the pattern", [
      `ls -la ${shellWord(directory)}`,
    ]),
  });
  return { ...finding, place: place ?? finding.place };
}

function addFiles({ file, line }: CheckProblem, probe: Probe): Repair {
  const advice = "Add the option files";
  const directory = joinPath(dirname(file), "conf.d");
  const names = probe.list(directory) ?? [];
  const suffix =
    names.some((name) => name.endsWith(".ini")) && !names.some((name) => name.endsWith(".conf"))
      ? "ini"
      : "conf";
  const value = `conf.d/*.${suffix}`;
  if (line === null || !probe.look(directory).ok) return byHand(advice, ["# files=conf.d/*.conf"]);
  const edits = [{ kind: "add", line, key: "files", value }] as const;
  return editRepair(
    advice,
    { file, edits, byHand: `# in ${file} under [include] write: files=${value}` },
    probe,
  );
}
