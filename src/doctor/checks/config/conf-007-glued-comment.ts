// CONF-007: a comment without a space before it, which is part of the value.

import { findEntry, sectionKind } from "../../../core/config/options/table.ts";
import type { RawOption } from "../../../core/config/raw.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { hasGluedComment } from "../../facts/written-values.ts";
import type { Finding, Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { placeOf } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader } from "./sources.ts";

/** Options that contain one path although their kind is text. */
const PATHS = new Set(["directory", "file", "history_file", "socket", "serverurl"]);

const ADVICE = "Insert a space before the comment character";

export const GLUED_COMMENT = defineCheck({
  code: "CONF-007",
  area: "config",
  title: "comment without a space before it",
  repairs: ["B"],
  page: {
    symptom:
      "`not a valid boolean value: 'true;restart it'`, or the name of a log file ends in `;the log`.",
    cause:
      "`;` and `#` begin a comment only at the beginning of a line or after a space. Without a space, they are part of the value.",
    repair: "With --fix, doctor inserts a space before the character after you confirm.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    const known = problemsOf(situation, "CONF-007").map((problem) =>
      problemFinding(problem, situation, {
        cause: "A comment character without a space before it is part of the value.",
        repair: repairOf(read(problem.file), problem.line, probe),
      }),
    );
    return [...known, ...silentOnes(situation, probe, read)];
  },
});

/** Paths are not validated: a file may be called `app.log;the log`. */
function silentOnes(
  situation: Situation,
  probe: Probe,
  read: (file: string) => Source | null,
): readonly Finding[] {
  const { raw, problems } = situation.config;
  const known = new Set(problems.map(({ file, line }) => `${file}:${line}`));
  return Array.from(raw?.sections.values() ?? []).flatMap((section) => {
    const kind = sectionKind(section.name);
    if (kind === null) return [];
    return Array.from(section.options.values()).flatMap((option): readonly Finding[] => {
      const type = findEntry(kind, option.key)?.kind;
      if (type !== "path" && type !== "logfile" && !PATHS.has(option.key)) return [];
      const isKnown = known.has(`${option.file}:${option.line}`);
      if (isKnown || !hasGluedComment(option.value, probe)) return [];
      return [finding(section.name, option, repairOf(read(option.file), option.line, probe))];
    });
  });
}

function finding(section: string, option: RawOption, repair: Repair): Finding {
  return {
    severity: "warning",
    subject: `${option.file} [${section}] ${option.key}`,
    symptom: "the file name ends in a comment",
    cause: "A comment character without a space before it is part of the value.",
    evidence: [`${option.key} is \`${option.value}\``],
    place: placeOf(section, option),
    repair,
  };
}

function repairOf(source: Source | null, line: number | null, probe: Probe): Repair {
  const before = line === null ? undefined : source?.lines[line - 1];
  const text = before?.replace(/(?<=[=:].*?[^\s;#])(?=[;#])/, " ");
  if (source === null || line === null || text === undefined || text === before) {
    return byHand(ADVICE);
  }
  const edits = [{ kind: "line", line, text, shows: "with a space before the comment" }] as const;
  const { file } = source;
  return editRepair(
    ADVICE,
    { file, edits, byHand: `# in ${file} line ${line} write: value ;comment` },
    probe,
  );
}
