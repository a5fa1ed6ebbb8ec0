// CONF-008: quotes around a value, which are part of it.

import { findEntry, sectionKind } from "../../../core/config/options/table.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import type { RawOption } from "../../../core/config/raw.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { placeOf } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, writtenAt } from "./sources.ts";

/** Options of kind text in which quotes make no sense. */
const PLAIN = new Set([
  "directory",
  "file",
  "files",
  "history_file",
  "process_name",
  "serverurl",
  "socket",
  "supervisor.ctl_factory",
  "supervisor.rpcinterface_factory",
]);

const QUOTED = /^(["'])(.*)\1$/s;
const CAUSE = "Quotes around a value are part of it, except in command and environment.";

export const QUOTED_VALUE = defineCheck({
  code: "CONF-008",
  area: "config",
  title: "quotes around a value",
  repairs: ["B"],
  page: {
    symptom:
      '`The directory named as part of the path "/var/log/x.log" does not exist`, `Invalid user name \'web\'`, `couldn\'t chdir to "/srv/app": ENOENT`.',
    cause:
      "Supervisor's file format has no quotes: the value is everything between the equals sign and the end of the line, including quotes. Only `environment` and `command` interpret them.",
    repair: "With --fix, doctor removes the quotes after you confirm.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    const known = problemsOf(situation, "CONF-008").flatMap((problem) =>
      // Whether a file with such a name exists is checked below.
      problem.rule === "quoted-command"
        ? []
        : problemFinding(problem, situation, {
            cause: CAUSE,
            repair: repairOf(read(problem.file), problem.line, probe),
          }),
    );
    return [...known, ...silentOnes(situation, probe, read)];
  },
});

/** Values that are accepted, but fail later. */
function silentOnes(
  { config }: Situation,
  probe: Probe,
  read: (file: string) => Source | null,
): readonly Finding[] {
  const told = config.problems.filter(({ rule }) => rule !== "quoted-command");
  const known = new Set(told.map(({ file, line }) => `${file}:${line}`));
  const isKnown = ({ file, line }: RawOption): boolean => known.has(`${file}:${line}`);
  return Array.from(config.raw?.sections.values() ?? []).flatMap((section) =>
    Array.from(section.options.values()).flatMap((option): readonly Finding[] => {
      const kind = sectionKind(section.name);
      if (kind === null || findEntry(kind, option.key) === null) return [];
      if (!QUOTED.test(option.value) || isKnown(option)) return [];
      if (!PLAIN.has(option.key) && !isQuotedCommand(option, probe)) return [];
      return [finding(section.name, option, repairOf(read(option.file), option.line, probe))];
    }),
  );
}

/** `command="/bin/app --port 80"` is one word: a program whose name contains spaces. */
function isQuotedCommand({ key, value }: RawOption, probe: Probe): boolean {
  if (key !== "command") return false;
  const words = splitCommand(value);
  const [only = ""] = words.ok ? words.value : [];
  return words.ok && words.value.length === 1 && /\s/.test(only) && !probe.look(only).ok;
}

function finding(section: string, option: RawOption, repair: Repair): Finding {
  const { file, key } = option;
  return {
    severity: "error",
    subject: `${file} [${section}] ${key}`,
    symptom: "a file whose name contains quotes is not found",
    cause:
      key === "command"
        ? "In quotes, the whole command is one word, the name of a program."
        : CAUSE,
    evidence: [`${key} begins and ends with ${option.value.charAt(0)}`],
    place: placeOf(section, option),
    repair,
  };
}

function repairOf(source: Source | null, line: number | null, probe: Probe): Repair {
  const advice = "Remove the quotes";
  const written = writtenAt(source, line);
  const [, , inner] = QUOTED.exec(written?.option.value ?? "") ?? [];
  if (source === null || line === null || written === null || inner === undefined) {
    return byHand(advice);
  }
  const { key } = written.option;
  const value = key === "command" ? inner.replace(/\\(["\\])/g, "$1") : inner;
  const edits = [{ kind: "set", line, key, value: value.trim() }] as const;
  const command = `# in ${source.file} line ${line} write ${key} without quotes`;
  return editRepair(advice, { file: source.file, edits, byHand: command }, probe);
}
