// Steps and repairs that edit the configuration.

import { type ConfigEdit, describeEdit, editText } from "../../core/config/lint/edits.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import type { Repair } from "../model.ts";
import { byHand, repairStep } from "./repairs.ts";

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
  const [user = "root", group = "root"] = probe.ownerName(found.uid, found.gid).split(":");
  const path = probe.realPath(file) ?? file;
  const mode = found.mode & 0o777;
  const step = {
    kind: "file",
    path,
    text: after,
    mode,
    owner: { user, group },
    what: "configuration",
  } as const;
  return repairStep(step, "unchanged", will, { path, text: probe.readText(file) });
}

/** A repair that edits one file after confirmation; manual if the file cannot be read. */
export function editRepair(
  advice: string,
  edit: { readonly file: string; readonly edits: readonly ConfigEdit[]; readonly byHand: string },
  probe: Probe,
): Repair {
  const step = editStep(edit.file, edit.edits, probe);
  if (step === null) return byHand(advice, [edit.byHand]);
  return { class: "B", advice, commands: [edit.byHand], steps: [step] };
}
