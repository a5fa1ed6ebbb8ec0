// Positions of options in the configuration, and the steps and repairs that edit it.

import { type ConfigEdit, describeEdit, editText } from "../../core/config/lint/edits.ts";
import type { RawOption } from "../../core/config/raw.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { ConfigFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import type { Place } from "../model.ts";
import { ownerOf, repairStep } from "./repairs.ts";

/** A new value of an option. */
export interface OptionChange {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

type Raw = Pick<ConfigFacts, "raw">;

/** The position of an option. */
export function placeOf(section: string, option: RawOption): Place {
  return { file: option.file, line: option.line, section, key: option.key };
}

/** The position of an option, else of its section; null if neither is in a file. */
export function optionPlace({ raw }: Raw, section: string, key: string): Place | null {
  const found = raw?.sections.get(section);
  const option = found?.options.get(key) ?? raw?.defaults.get(key);
  if (option !== undefined) return { file: option.file, line: option.line, section, key };
  return found === undefined ? null : { file: found.file, line: found.line, section, key };
}

/** The value as written, without expansions; null if it is not in the section itself. */
export function writtenValue({ raw }: Raw, section: string, key: string): string | null {
  return raw?.sections.get(section)?.options.get(key)?.value ?? null;
}

/** Whether a text can be written as a value: without expansions, comments or outer spaces. */
export function isPlainValue(text: string): boolean {
  return !/[%;#\s"']/.test(text);
}

/** Steps for all changes, one for each file; null if one of them is not possible. */
export function changeOptions(
  config: Raw,
  changes: readonly OptionChange[],
  probe: Probe,
): readonly PlannedStep[] | null {
  const byFile = new Map<string, ConfigEdit[]>();
  for (const { section, key, value } of changes) {
    const found = config.raw?.sections.get(section);
    if (found === undefined) return null;
    const written = found.options.get(key);
    // What the section inherits is an option of other programs, too.
    const option = written?.from === undefined ? written : undefined;
    const { file, line } = option ?? found;
    const edit: ConfigEdit = { kind: option === undefined ? "add" : "set", line, key, value };
    const edits = byFile.get(file) ?? [];
    edits.push(edit);
    byFile.set(file, edits);
  }
  const steps = Array.from(byFile, ([file, edits]) => editStep(file, edits, probe));
  return steps.every((step) => step !== null) ? steps : null;
}

/** The same as text: "# in /etc/tsv/tsv.conf line 12 [program:web] write: user=pi". */
export function describeChanges(config: Raw, changes: readonly OptionChange[]): readonly string[] {
  return changes.map(({ section, key, value }) => {
    const place = optionPlace(config, section, key);
    const line = place === null || place.line === null ? "" : ` line ${place.line}`;
    return `# in ${place?.file ?? "the configuration"}${line} [${section}] write: ${key}=${value}`;
  });
}

/** The step that edits a file, keeping owner and mode; null if it is not a readable file. */
export function editStep(
  file: string,
  edits: readonly ConfigEdit[],
  probe: Probe,
): PlannedStep | null {
  const text = probe.readText(file);
  const isWhole = edits.some(({ kind }) => kind === "text");
  if (text === null && !isWhole) return null;
  return rewriteStep(file, editText(text ?? "", edits), edits.map(describeEdit).join(", "), probe);
}

/** The same with a whole new text. The old one may be missing if it is not UTF-8. @param will for messages: "without X" */
export function rewriteStep(
  file: string,
  after: string,
  will: string,
  probe: Probe,
): PlannedStep | null {
  const found = probe.look(file);
  if (!found.ok || found.kind !== "file") return null;
  const path = probe.realPath(file) ?? file;
  const access = { mode: found.mode & 0o777, owner: ownerOf(found, probe) };
  const step = { kind: "file", path, text: after, ...access, what: "configuration" } as const;
  return repairStep(step, "unchanged", will, { path, text: probe.readText(file) });
}
