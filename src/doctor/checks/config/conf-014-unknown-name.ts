// CONF-014: options and sections that mean nothing, which Supervisor ignores without a word.

import { closest } from "../../../core/base/edit-distance.ts";
import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { guessHeader } from "../../../core/config/lint/lint.ts";
import { optionsOf, sectionKind } from "../../../core/config/options/table.ts";
import type { Probe } from "../../facts/probe.ts";
import { type ConfigEdit, editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, withHeader, withKey, writtenAt } from "./sources.ts";

/** What was meant, and the edit that writes it; no edit where it would be there twice. */
interface Meant {
  readonly name: string;
  readonly edit: ConfigEdit | null;
}

export const UNKNOWN_NAME = defineCheck({
  code: "CONF-014",
  area: "config",
  title: "option or section that there is not",
  page: {
    symptom:
      "An option has no effect (`autostrat=false`, `stdout_logfiles=...`), or a program is missing because its header says `[progam:x]`. Supervisor says nothing.",
    cause:
      "Options and sections with other names than the known ones are ignored, because plugins of Supervisor may read them.",
    repair:
      "Where a known name is near, doctor writes that after a yes. Otherwise remove the line or make it a comment; until then it is told only with --verbose.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-014").map((problem) => {
      const meant = meantBy(problem, read(problem.file));
      return problemFinding(problem, situation, {
        // Somebody's own note, or a plugin's: it does no harm, and nothing says what it should be.
        severity: meant === null ? "info" : "warning",
        cause: "Names that are not known are ignored without a word.",
        repair: repairOf(problem, meant, probe),
      });
    });
  },
});

function repairOf({ file, line }: CheckProblem, meant: Meant | null, probe: Probe) {
  if (meant === null) return byHand("Remove it, or make it a comment");
  const advice = `Write ${meant.name}, if that is what was meant`;
  const command = `# in ${file} line ${line} write: ${meant.name}`;
  if (meant.edit === null) return byHand(advice, [command]);
  return editRepair(advice, { file, edits: [meant.edit], byHand: command }, probe);
}

function meantBy(problem: CheckProblem, source: Source | null): Meant | null {
  return problem.key === null ? meantHeader(problem, source) : meantOption(problem, source);
}

function meantOption({ section, key, line }: CheckProblem, source: Source | null): Meant | null {
  const kind = section === null ? null : sectionKind(section);
  if (kind === null || key === null || line === null) return null;
  const near = closest(
    key,
    optionsOf(kind).map((entry) => entry.key),
  );
  if (near === null) return null;
  const isThere = source?.blocks.some(
    (block) => block.section === section && block.options.some((option) => option.key === near),
  );
  const text = withKey(source?.lines[line - 1] ?? "", key, near);
  const isFound = writtenAt(source, line)?.option.key === key;
  if (text === null || isThere === true || !isFound) return { name: near, edit: null };
  return { name: near, edit: { kind: "line", line, text, shows: `with ${near} for ${key}` } };
}

function meantHeader({ section, line }: CheckProblem, source: Source | null): Meant | null {
  const header = section === null ? null : guessHeader(section);
  if (header === null || line === null) return null;
  const name = `[${header}]`;
  const isThere = source?.blocks.some((block) => block.section === header);
  const text = withHeader(source?.lines[line - 1] ?? "", header);
  const isHeader = sectionKind(header) !== null && !header.endsWith(":NAME");
  if (text === null || isThere === true || !isHeader) return { name, edit: null };
  return { name, edit: { kind: "line", line, text, shows: `with ${name}` } };
}
