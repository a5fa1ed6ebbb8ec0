// Makes the fixes of configurations in memory, so that they can be shown, confirmed and written at once.

import { ok } from "../../base/result.ts";
import type { CheckProblem } from "../rules.ts";
import type { ConfigWorld } from "../world.ts";
import { checkConfig } from "./check.ts";
import { type ConfigEdit, editText } from "./edits.ts";

/** A file with all fixes made. */
export interface FixedFile {
  readonly file: string;
  /** The configuration that was checked: this file, or one that includes it. */
  readonly main: string;
  /** The text that was fixed; null if the file is not UTF-8. */
  readonly before: string | null;
  readonly after: string;
  /** What the fixes do, one sentence each. */
  readonly advice: readonly string[];
}

/** A fix may reveal another problem. Only fixes that undo each other reach this limit. */
const MOST_ROUNDS = 10;

/** Fixes the errors and warnings of some configurations and of the files that they include. */
export function planFixes(files: readonly string[], world: ConfigWorld): readonly FixedFile[] {
  const fixed = new Map<string, FixedFile>();
  const present: ConfigWorld = {
    ...world,
    readText: (file) => {
      const known = fixed.get(file);
      return known === undefined ? world.readText(file) : ok(known.after);
    },
  };
  for (const file of files) {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const fixable = checkConfig(file, present).filter(isFixable);
      if (!fixOnce(file, fixable, fixed, present)) break;
    }
  }
  return Array.from(fixed.values());
}

/** Whether `--fix` corrects a problem. A note is not worth an edit. */
export function isFixable({ fix, severity }: CheckProblem): boolean {
  return fix !== null && severity !== "note";
}

/** Makes the fixes that do not touch the same lines. @returns whether a text was changed */
function fixOnce(
  main: string,
  problems: readonly CheckProblem[],
  fixed: Map<string, FixedFile>,
  world: ConfigWorld,
): boolean {
  let isChanged = false;
  for (const file of new Set(problems.map((problem) => problem.file))) {
    const ofFile = problems.filter((problem) => problem.file === file);
    const touched = new Set<number>();
    const made = ofFile.flatMap(({ fix }) => {
      const lines = fix?.edits.map(lineOf) ?? [];
      if (fix === null || lines.some((line) => touched.has(line))) return [];
      for (const line of lines) touched.add(line);
      return [fix];
    });
    const read = world.readText(file);
    const before = read.ok ? read.value : null;
    const after = editText(
      before ?? "",
      made.flatMap(({ edits }) => edits),
    );
    if (after === before) continue;
    isChanged = true;
    const known = fixed.get(file);
    const advice = [...(known?.advice ?? []), ...made.map((fix) => fix.advice)];
    fixed.set(file, { file, main, before, ...known, after, advice });
  }
  return isChanged;
}

/** The line that an edit touches; one number for the end of the file, and for all of it. */
function lineOf(edit: ConfigEdit): number {
  return "line" in edit ? edit.line : 0;
}
