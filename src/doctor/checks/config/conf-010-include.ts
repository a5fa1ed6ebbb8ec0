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
  title: "[include] that includes nothing",
  page: {
    symptom:
      '`.ini file has [include] section, but no files setting`, or the programs of included files are missing, with `No file matches via include "..."` in the log of the daemon.',
    cause:
      "The option `files` is missing, its pattern matches nothing, or it stands in a file that is included itself, where it has no effect. A pattern means paths relative to the main file.",
    repair:
      "With --fix and a yes doctor adds `files` where there is a directory `conf.d` beside the configuration. An existing directory without a matching file is no mistake, and is told only with --verbose.",
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
      cause: "The section says that files are included, and does not say which.",
      repair: addFiles(problem, probe),
    });
  }
  if (problem.rule === "include-nested") {
    return problemFinding(problem, situation, {
      cause: "Only the main file may include others.",
      repair: byHand("Name those files in the [include] section of the main file"),
    });
  }
  return noMatch(problem, situation, probe);
}

/** An empty conf.d is how a fresh installation looks; a directory or a file that is not there is a mistake. */
function noMatch(problem: CheckProblem, situation: Situation, probe: Probe) {
  // The pattern in Supervisor's own words.
  const pattern = PATTERN.exec(problem.message)?.[1] ?? "";
  const directory = dirname(pattern);
  const isMagic = /[*?[]/.test(pattern);
  const found = probe.look(directory);
  const canList = /[*?[]/.test(directory) || probe.list(directory) !== null;
  if (found.ok && !canList && situation.caller.uid !== 0) {
    return { unseen: `which files ${pattern} matches (needs root)` };
  }
  const place = includePatterns(situation).find(({ path }) => path === pattern)?.place ?? null;
  const isEmpty = isMagic && (found.ok || /[*?[]/.test(directory));
  const finding: Finding = problemFinding(problem, situation, {
    severity: isEmpty ? "info" : "warning",
    cause: isEmpty
      ? "The directory holds no file of that name."
      : found.ok
        ? "There is no such file."
        : `There is no directory ${directory}.`,
    evidence: found.ok ? [] : [`${found.error}: ${directory}`],
    repair: byHand("Put a file there, or correct the pattern", [`ls -la ${shellWord(directory)}`]),
  });
  return { ...finding, place: place ?? finding.place };
}

function addFiles({ file, line }: CheckProblem, probe: Probe): Repair {
  const advice = "Say which files are included";
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
