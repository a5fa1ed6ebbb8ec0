// A program for another process manager: what all of them need.

import type { EffectiveSection } from "../config/effective.ts";
import { parseEnvironment } from "../config/posix-lexer.ts";
import { REDACTED } from "../redact/secret-names.ts";

/** A program with the options that it is given, as a configuration has them. */
export interface ExportedProgram {
  /** `x` of `[program:x]`. */
  readonly name: string;
  /** The header of its section. */
  readonly section: string;
  readonly options: ReadonlyMap<string, string>;
  /** All sections of its configuration: of the programs that it names, too. None for a Procfile. */
  readonly sections: readonly EffectiveSection[];
}

/** Something of a program that the other format does not have. */
export interface Missing {
  readonly program: string;
  readonly option: string;
  /** A clause. */
  readonly reason: string;
}

/** A program in another format. */
export interface Export {
  readonly name: string;
  /** The file that has the text by convention. */
  readonly file: string;
  readonly text: string;
  readonly missing: readonly Missing[];
}

/** The program of one of these sections; null for a section of another kind. */
export function exportedProgram(
  { name: section, options }: EffectiveSection,
  sections: readonly EffectiveSection[],
): ExportedProgram | null {
  const [, name] = /^(?:fcgi-program|eventlistener|program):(.*)$/s.exec(section) ?? [];
  if (name === undefined) return null;
  const values = options.map(({ key, value }) => [key, value] as const);
  return { name: name.trim(), section, options: new Map(values), sections };
}

/** The variables that a program sets; those whose values are secrets are only named. */
export function variablesOf({ options }: ExportedProgram): {
  readonly shown: readonly (readonly [name: string, value: string])[];
  readonly secrets: readonly string[];
} {
  const parsed = parseEnvironment(options.get("environment") ?? "");
  const all = Object.entries(parsed.ok ? parsed.value : {});
  const isHidden = ([, value]: readonly [string, string]): boolean => value.includes(REDACTED);
  return {
    shown: all.filter((pair) => !isHidden(pair)),
    secrets: all.filter(isHidden).map(([name]) => name),
  };
}

/** Whether an option has its value from a variable of the daemon, which another manager does not have. */
export function namesVariable(value: string): boolean {
  return /(?<!%)(?:%%)*%\(ENV_/.test(value);
}

/** Whether a value has an expansion left, whose value differs between processes or hosts. */
export function hasExpansion(value: string): boolean {
  return /(?<!%)(?:%%)*%\(/.test(value);
}
