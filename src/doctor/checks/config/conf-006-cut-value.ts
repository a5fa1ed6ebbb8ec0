// CONF-006: a value that ends at a comment character inside quotes.

import type { Probe } from "../../facts/probe.ts";
import type { Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, writtenAt } from "./sources.ts";

export const CUT_VALUE = defineCheck({
  code: "CONF-006",
  area: "config",
  title: "value cut off by a comment character",
  repairs: ["B", "C"],
  page: {
    symptom:
      "Part of a command is missing: `bash -c 'a ; b'` becomes `bash -c 'a`, and the program fails with `can't parse command ...: No closing quotation` or runs only the first part.",
    cause:
      "In Supervisor's file format, a space followed by `;` or `#` begins a comment, even inside quotes. Doctor recognizes this by a value that ends inside a quotation.",
    repair:
      "A shell does not need the space before `;`. With --fix, doctor removes it after you confirm (`a; b`). If a space before `#` is needed, move the command into a script.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-006").map((problem) =>
      problemFinding(problem, situation, {
        cause: "A space followed by a comment character begins a comment, even inside quotes.",
        repair: repairOf(read(problem.file), problem.line, probe),
      }),
    );
  },
});

function repairOf(source: Source | null, line: number | null, probe: Probe): Repair {
  const advice = "Remove the space before the comment character";
  const inScript = byHand("Move the command into a script, and use the script as the command");
  if (source === null || line === null) return inScript;
  // In a continuation line, the quotation began in an earlier line.
  if (writtenAt(source, line) === null) return inScript;
  const text = joinSemicolons(source.lines[line - 1] ?? "");
  if (text === null) return inScript;
  const { file } = source;
  const edits = [{ kind: "line", line, text, shows: "without the space before `;`" }] as const;
  return editRepair(
    advice,
    { file, edits, byHand: `# in ${file} line ${line} write: a; b` },
    probe,
  );
}

/** Removes spaces before semicolons inside quotes; null if the quotation stays open. */
function joinSemicolons(line: string): string | null {
  const start = line.search(/[=:]/) + 1;
  let joined = line.slice(0, start);
  let quote: string | null = null;
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "\\" && quote !== "'") {
      joined += line.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (quote === null && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = null;
    else if (char === ";" || char === "#") {
      const isComment = /\s$/.test(joined);
      // Outside quotes, it is a real comment.
      if (isComment && quote === null) return joined + line.slice(at);
      if (isComment && char === "#") return null;
      joined = joined.trimEnd();
    }
    joined += char;
  }
  return quote === null ? joined : null;
}
