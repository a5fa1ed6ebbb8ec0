// `tsv check --effective`: the configuration as it is understood, all of it or some sections.

import { type Complaint, complaintLines } from "../core/base/complaint.ts";
import { closest } from "../core/base/edit-distance.ts";
import { envelopeText } from "../core/base/envelope.ts";
import { printableLines, USUAL_COLUMNS } from "../core/base/printable.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { type EffectiveSection, effectiveText, readEffective } from "../core/config/effective.ts";
import { absolutePath, dirname } from "../core/config/paths.ts";
import type { ConfigWorld } from "../core/config/world.ts";

/** What is to be shown. */
interface EffectiveRequest {
  readonly file: string;
  /** Of programs, groups and sections; none for all. */
  readonly names: readonly string[];
  /** With the defaults of options that are not given. */
  readonly withDefaults: boolean;
  readonly json: boolean;
}

/** Exit statuses: shown, refused by the daemon, no such name. */
const EXIT = { OK: 0, REFUSED: 1, USAGE: 2 } as const;

/** Where the answer goes. */
interface Output {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Of the terminal; null without one. */
  readonly columns: () => number | null;
}

/** @returns the exit status */
export function runEffective(
  { file, names, withDefaults, json }: EffectiveRequest,
  world: ConfigWorld,
  { print, printError, columns }: Output,
): number {
  const all = readEffective(file, world);
  const shown = all.ok ? chosen(all.value, names, world) : all;
  const exitStatus = shown.ok ? EXIT.OK : all.ok ? EXIT.USAGE : EXIT.REFUSED;
  if (json) {
    const results = shown.ok ? shown.value.map((section) => dataOf(section, withDefaults)) : [];
    const errors = shown.ok ? [] : [shown.error];
    print(envelopeText({ verb: "check", exitStatus, results, errors }));
  } else if (shown.ok) {
    const text = effectiveText(shown.value, absolutePath(dirname(file), world.cwd), withDefaults);
    print(columns() === null ? text : printableLines(text));
  } else {
    printError(
      complaintLines(shown.error, USUAL_COLUMNS)
        .map((line) => `${line}\n`)
        .join(""),
    );
  }
  return exitStatus;
}

function dataOf({ name, groups, options, defaults }: EffectiveSection, withDefaults: boolean) {
  return { section: name, groups, options: [...options, ...(withDefaults ? defaults : [])] };
}

/** The name behind the colon of a header. */
function nameIn(section: string): string {
  return section.slice(section.indexOf(":") + 1).trim();
}

/**
 * The sections that names mean: of a group also its programs. The error is about the first name that means none.
 * @param commandFor what to run with the name that was meant
 */
export function chosenSections(
  sections: readonly EffectiveSection[],
  names: readonly string[],
  commandFor: (near: string) => string,
): Result<readonly EffectiveSection[], Complaint> {
  const namesOf = ({ name, groups }: EffectiveSection) => [name, nameIn(name), ...groups];
  const known = new Set(sections.flatMap(namesOf));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) {
    return ok(sections.filter((section) => namesOf(section).some((name) => names.includes(name))));
  }
  const message = `no program, group or section has the name ${unknown}`;
  const near = closest(unknown, Array.from(known));
  const steps: Complaint["steps"] =
    near === null ? [] : [[`Did you mean ${near}?`, commandFor(near)]];
  return err({ kind: "unknown-name", message, steps });
}

/** The sections that are to be shown. A name that is a file is named otherwise. */
function chosen(
  sections: readonly EffectiveSection[],
  names: readonly string[],
  world: ConfigWorld,
): Result<readonly EffectiveSection[], Complaint> {
  if (names.length === 0) return ok(sections);
  const found = chosenSections(
    sections,
    names,
    (near) => `tsv check --effective ${shellWord(near)}`,
  );
  const file = found.ok ? undefined : names.find((name) => world.exists(name));
  if (found.ok || file === undefined) return found;
  const command = `tsv check --effective -c ${shellWord(file)}`;
  return err({ ...found.error, steps: [["Name a file with -c", command]] });
}
