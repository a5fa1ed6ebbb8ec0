// CONF-014: unknown options and sections, which Supervisor ignores silently.

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

/** The similar known name, and the edit that writes it; no edit if the name exists already. */
interface Meant {
  readonly name: string;
  readonly edit: ConfigEdit | null;
}

export const UNKNOWN_NAME = defineCheck({
  code: "CONF-014",
  area: "config",
  title: "unknown option or section",
  repairs: ["B", "C"],
  page: {
    symptom:
      "An option has no effect (`autostrat=false`, `stdout_logfiles=...`), or a program is missing because its header is `[progam:x]`. Supervisor does not report this.",
    cause: "Unknown options and sections are ignored, because plugins of Supervisor may read them.",
    repair:
      "If there is a similar known name, doctor writes it after you confirm. Otherwise remove the line or turn it into a comment. Names without a similar known one are shown only with --verbose.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-014").map((problem) => {
      const meant = meantBy(problem, read(problem.file));
      return problemFinding(problem, situation, {
        // It may be a private note or belong to a plugin: harmless, and there is nothing to suggest.
        severity: meant === null ? "info" : "warning",
        cause: "Unknown names are silently ignored.",
        repair: repairOf(problem, meant, probe),
      });
    });
  },
});

function repairOf({ file, line }: CheckProblem, meant: Meant | null, probe: Probe) {
  if (meant === null) return byHand("Remove it, or turn it into a comment");
  const advice = `Write ${meant.name}, if that is what you meant`;
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
  return {
    name: near,
    edit: { kind: "line", line, text, shows: `with ${near} instead of ${key}` },
  };
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
