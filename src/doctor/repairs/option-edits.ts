// Where an option of the configuration stands, and the edit that gives it another value.

import type { RawOption } from "../../core/config/raw.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import type { ConfigFacts } from "../facts/situation.ts";
import type { Place } from "../model.ts";
import type { ConfigEdit } from "./edit-config.ts";
import { editStep } from "./edit-config.ts";

/** A value that an option should have. */
export interface OptionChange {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

type Raw = Pick<ConfigFacts, "raw">;

/** Where an option stands. */
export function placeOf(section: string, option: RawOption): Place {
  return { file: option.file, line: option.line, section, key: option.key };
}

/** Where an option stands, else its section; null when neither is in a file. */
export function optionPlace({ raw }: Raw, section: string, key: string): Place | null {
  const found = raw?.sections.get(section);
  const option = found?.options.get(key) ?? raw?.defaults.get(key);
  if (option !== undefined) return { file: option.file, line: option.line, section, key };
  return found === undefined ? null : { file: found.file, line: found.line, section, key };
}

/** The value as it is written, without expansions; null when it is not given in the section itself. */
export function writtenValue({ raw }: Raw, section: string, key: string): string | null {
  return raw?.sections.get(section)?.options.get(key)?.value ?? null;
}

/** Whether a text means itself as a value: no expansion, comment or blank that the grammar would take. */
export function isPlainValue(text: string): boolean {
  return !/[%;#\s"']/.test(text);
}

/** Steps that make all of the changes, one for each file; null when one of them cannot be made. */
export function changeOptions(
  config: Raw,
  changes: readonly OptionChange[],
  probe: Probe,
): readonly PlannedStep[] | null {
  const byFile = new Map<string, ConfigEdit[]>();
  for (const { section, key, value } of changes) {
    const found = config.raw?.sections.get(section);
    if (found === undefined) return null;
    const option = found.options.get(key);
    const file = option?.file ?? found.file;
    const edits = byFile.get(file) ?? [];
    edits.push({
      kind: option === undefined ? "add" : "set",
      line: option?.line ?? found.line,
      key,
      value,
    });
    byFile.set(file, edits);
  }
  const steps = Array.from(byFile, ([file, edits]) => editStep(file, edits, probe));
  return steps.every((step) => step !== null) ? steps : null;
}

/** The same for people: "# in /etc/tsv/tsv.conf line 12 [program:web] write: user=pi". */
export function describeChanges(config: Raw, changes: readonly OptionChange[]): readonly string[] {
  return changes.map(({ section, key, value }) => {
    const place = optionPlace(config, section, key);
    const file = place === null ? "the configuration" : place.file;
    const line = place === null || place.line === null ? "" : ` line ${place.line}`;
    return `# in ${file}${line} [${section}] write: ${key}=${value}`;
  });
}
