// The files of a configuration as written: with repeated sections, and before any expansion.

import {
  type ScannedBlock,
  type ScannedOption,
  scanIni,
} from "../../../core/config/ini-scanner.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Without line endings. */
  readonly lines: readonly string[];
  /** Empty if the syntax is invalid. */
  readonly blocks: readonly ScannedBlock[];
}

/** An option and its position. */
interface Written {
  readonly option: ScannedOption;
  readonly block: ScannedBlock;
}

/** Reads a file once; null if it is not readable text. */
export function sourceReader(probe: Probe): (file: string) => Source | null {
  const known = new Map<string, Source | null>();
  return (file) => {
    const before = known.get(file);
    if (before !== undefined) return before;
    const source = readSource(file, probe);
    known.set(file, source);
    return source;
  };
}

function readSource(file: string, probe: Probe): Source | null {
  const text = probe.readText(file);
  if (text === null) return null;
  const scanned = scanIni(text, file);
  const lines = text.split(/\r\n|\r|\n/);
  return { file, text, lines, blocks: scanned.ok ? scanned.value : [] };
}

/** Every file of the configuration that this user can read. */
export function sourcesOf({ config }: Situation, probe: Probe): readonly Source[] {
  const read = sourceReader(probe);
  return config.files.flatMap((file) => read(file) ?? []);
}

/** The option that begins on a line. */
export function writtenAt(source: Source | null, line: number | null): Written | null {
  for (const block of source?.blocks ?? []) {
    const option = block.options.find((one) => one.line === line);
    if (option !== undefined) return { option, block };
  }
  return null;
}

/** `  Key = value` with another key; null if the line does not begin with this key. */
export function withKey(line: string, from: string, to: string): string | null {
  const blanks = /^\s*/.exec(line)?.[0] ?? "";
  const rest = line.slice(blanks.length);
  return rest.toLowerCase().startsWith(from) ? blanks + to + rest.slice(from.length) : null;
}

/** `[name]` with another name; the rest of the line stays. */
export function withHeader(line: string, to: string): string | null {
  const end = line.lastIndexOf("]");
  const start = line.indexOf("[");
  return start < 0 || end < start ? null : line.slice(0, start + 1) + to + line.slice(end);
}
