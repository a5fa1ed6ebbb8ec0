// One text in Supervisor's dialect of INI as a document: blocks of one name are merged, and what is written twice is
// remembered. The grammar is in ini-scanner.ts.

import { ok, type Result } from "../base/result.ts";
import { type IniFailure, type ScannedBlock, type ScannedOption, scanIni } from "./ini-scanner.ts";

interface IniSection {
  readonly name: string;
  /** Of the first header. */
  readonly line: number;
  /** In file order; of a key given twice the last one, at the place of the first. */
  readonly options: ReadonlyMap<string, ScannedOption>;
}

export interface IniRepeat {
  readonly section: string;
  /** null when the section itself is repeated. */
  readonly key: string | null;
  readonly line: number;
  readonly firstLine: number;
}

export interface IniDocument {
  readonly sections: ReadonlyMap<string, IniSection>;
  /** Sections and keys that occur again, which Supervisor merges without a word. */
  readonly repeats: readonly IniRepeat[];
}

interface OpenSection extends IniSection {
  readonly options: Map<string, ScannedOption>;
}

/** Puts a block over what its section has so far. */
function mergeBlock(section: OpenSection, block: ScannedBlock, repeats: IniRepeat[]): void {
  for (const option of block.options) {
    const { key, line } = option;
    const before = section.options.get(key);
    if (before !== undefined) {
      repeats.push({ section: section.name, key, line, firstLine: before.line });
    }
    section.options.set(key, option);
  }
}

/**
 * Reads one file's text. `file` is how messages call it.
 * @param wants which sections to keep; the syntax of the others is checked all the same
 */
export function parseIni(
  text: string,
  file: string,
  wants: (section: string) => boolean = () => true,
): Result<IniDocument, IniFailure> {
  const scanned = scanIni(text, file);
  if (!scanned.ok) return scanned;
  const sections = new Map<string, OpenSection>();
  const repeats: IniRepeat[] = [];
  for (const block of scanned.value) {
    const { section: name, line } = block;
    if (!wants(name)) continue;
    const before = sections.get(name);
    if (before !== undefined)
      repeats.push({ section: name, key: null, line, firstLine: before.line });
    const section = before ?? { name, line, options: new Map() };
    sections.set(name, section);
    mergeBlock(section, block, repeats);
  }
  return ok({ sections, repeats });
}
