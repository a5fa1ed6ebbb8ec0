// CONF-012: the same section, option or group twice.

import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { sectionKind } from "../../../core/config/options/table.ts";
import { problemSubject } from "../../facts/config-problems.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { type ConfigEdit, editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, sourcesOf, writtenAt } from "./sources.ts";

export const REPEATED_NAME = defineCheck({
  code: "CONF-012",
  area: "config",
  title: "duplicate section or option",
  repairs: ["B", "C"],
  page: {
    symptom:
      "A change has no effect, one of two programs is missing, or a program has options that its section does not show. Supervisor does not report this.",
    cause:
      "Sections of the same name are merged, even across files, and if an option is given twice, the last one applies. Usually a block was copied without changing its header, or there is a copy of the file beside it.",
    repair:
      "With --fix, after you confirm, doctor removes an option that is overridden in the same section. If two sections have the same name, you have to decide which one to rename.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    // If there are three, the message about the last one covers all.
    const last = new Map(
      problemsOf(situation, "CONF-012").map((problem) => [problemSubject(problem), problem]),
    );
    const known = Array.from(last.values(), (problem) =>
      problemFinding(problem, situation, {
        cause: causeOf(problem),
        repair: repairOf(problem, read(problem.file), probe),
      }),
    );
    return [...known, ...acrossFiles(situation, probe)];
  },
});

function causeOf({ rule }: CheckProblem): string {
  switch (rule) {
    case "repeated-option":
      return "If an option is given twice, the last one applies.";
    case "repeated-group":
      return "Programs and groups share one namespace; the first one is kept.";
    case "repeated-process":
      return "Processes of one group need different names.";
    default:
      return "Sections of the same name are merged into one.";
  }
}

function repairOf(problem: CheckProblem, source: Source | null, probe: Probe): Repair {
  const { rule, file, line } = problem;
  if (rule === "repeated-option" && source !== null) {
    const edits = withoutEarlier(problem, source);
    const command = `# in ${file} remove ${problem.key} above line ${line}`;
    if (edits.length > 0) {
      return editRepair(
        "Remove the one that has no effect",
        { file, edits, byHand: command },
        probe,
      );
    }
  }
  if (rule === "repeated-process" && source !== null) {
    const value = "%(program_name)s_%(process_num)02d";
    const block = source.blocks.find((one) => one.line === line);
    const option = block?.options.findLast(({ key }) => key === "process_name");
    const place = option?.line ?? block?.line;
    if (place !== undefined) {
      const kind = option === undefined ? "add" : "set";
      const edits = [{ kind, line: place, key: "process_name", value }] as const;
      const command = `# in ${file} line ${place} write: process_name=${value}`;
      return editRepair("Give each process its own name", { file, edits, byHand: command }, probe);
    }
  }
  return byHand(adviceOf(problem, "Rename one of the two, or merge them"));
}

/** Removes options that are overridden below; nothing changes for the daemon. */
function withoutEarlier(
  { key, line, section }: CheckProblem,
  source: Source,
): readonly ConfigEdit[] {
  const earlier = source.blocks
    .filter((block) => block.section === section)
    .flatMap(({ options }) => options)
    .filter((option) => option.key === key && option.line < (line ?? 0));
  if (writtenAt(source, line) === null) return [];
  const shows = `without the first ${key}`;
  return earlier.flatMap((option) => {
    const edits: ConfigEdit[] = [{ kind: "line", line: option.line, text: null, shows }];
    // Its continuation lines are removed, too.
    for (let at = option.line + 1; /^[ \t]+[^\s;#]/.test(source.lines[at - 1] ?? ""); at += 1) {
      edits.push({ kind: "line", line: at, text: null, shows });
    }
    return edits;
  });
}

/** Two programs of one name are an error; repeating another section in a second file may be intended. */
function acrossFiles(situation: Situation, probe: Probe): readonly Finding[] {
  const first = new Map<string, { readonly file: string; readonly line: number }>();
  const found: Finding[] = [];
  for (const { file, blocks } of sourcesOf(situation, probe)) {
    for (const { section, line } of blocks) {
      if (!section.includes(":") || sectionKind(section) === null) continue;
      const before = first.get(section);
      if (before === undefined) first.set(section, { file, line });
      else if (before.file !== file) found.push(twice(section, before, { file, line }));
    }
  }
  return found;
}

function twice(
  section: string,
  before: { readonly file: string; readonly line: number },
  { file, line }: { readonly file: string; readonly line: number },
): Finding {
  return {
    severity: "warning",
    subject: `${file} [${section}]`,
    symptom: `section [${section}] is also in ${before.file} line ${before.line}; the two are merged`,
    cause: "Sections of the same name are merged into one.",
    evidence: [`${before.file}:${before.line}`, `${file}:${line}`],
    place: { file, line, section, key: null },
    repair: byHand("Rename one of the two, or remove the copied file"),
  };
}
