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
  title: "section or option that is there twice",
  page: {
    symptom:
      "A change has no effect, or one of two programs is missing, or a program has options that its section does not show. Supervisor says nothing.",
    cause:
      "Sections of one name are merged, also across files, and of an option that is given twice the last one counts. Mostly a block was copied and its header not changed, or a copy of a file lies beside it.",
    repair:
      "With --fix and a yes doctor removes an option that has no effect because the same section gives it again. Which of two sections is to have another name is yours to say.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    // Of three the last one tells it all.
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
      return "Of an option that is given twice the last one counts.";
    case "repeated-group":
      return "Programs and groups share their names; the first in order stays.";
    case "repeated-process":
      return "Processes of one group need names of their own.";
    default:
      return "Sections of one name are merged, as if their options stood under one header.";
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
      return editRepair(
        "Give each process a name of its own",
        { file, edits, byHand: command },
        probe,
      );
    }
  }
  return byHand(adviceOf(problem, "Rename one of the two, or join them"));
}

/** Removes what is given again further down; nothing changes for the daemon. */
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
    // Lines that go on with it go too.
    for (let at = option.line + 1; /^[ \t]+[^\s;#]/.test(source.lines[at - 1] ?? ""); at += 1) {
      edits.push({ kind: "line", line: at, text: null, shows });
    }
    return edits;
  });
}

/** Of plain sections the second file may well mean to say something else; two programs of one name are a mistake. */
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
    symptom: `section [${section}] began already in ${before.file} line ${before.line}; the two are merged`,
    cause: "Sections of one name are merged, as if their options stood under one header.",
    evidence: [`${before.file}:${before.line}`, `${file}:${line}`],
    place: { file, line, section, key: null },
    repair: byHand("Rename one of the two, or remove the file that is a copy"),
  };
}
