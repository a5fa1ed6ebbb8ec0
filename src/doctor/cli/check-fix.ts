// `tsv check --fix`: shows the edits, asks, and writes them as one repair, which `tsv doctor --undo` reverts.

import { printable } from "../../core/base/printable.ts";
import type { FixedFile } from "../../core/config/lint/fix-plan.ts";
import { joinPath } from "../../core/config/paths.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import { steadyPath, strayLink } from "../facts/path-trust.ts";
import type { Probe } from "../facts/probe.ts";
import { createProbe } from "../host/probe.ts";
import { rewriteStep } from "../repairs/config-edits.ts";
import { preconditionOf } from "../repairs/repairs.ts";
import { whyUntrusted } from "../repairs/withheld.ts";
import { editsText } from "../report/report.ts";
import { repairOne, withRepairRun } from "./fix.ts";
import { confirm, lookOf } from "./terminal.ts";

/** Exit statuses: written or declined, nothing written. */
const EXIT = { OK: 0, UNABLE: 2 } as const;

/**
 * Writes fixed files. @returns 2 if they could not be written, otherwise 0
 * @param yes write without asking
 * @param isNamed the user has named the configurations
 */
export function applyFixes(
  found: readonly FixedFile[],
  { yes, isNamed }: { readonly yes: boolean; readonly isNamed: boolean },
): Promise<number> {
  return runOnTerminal(async (terminal) => {
    const refuse = (why: string): number => {
      terminal.writeError(`Nothing was changed: ${why}\n`);
      return EXIT.UNABLE;
    };
    const probe = createProbe();
    // The trust of a path and the steps of a repair begin at the root directory. `..` stays: after a symlink, it is the parent of
    // the target.
    const fromHere = (path: string): string => joinPath(process.cwd(), path);
    const files = found.map((one) => ({
      ...one,
      file: fromHere(one.file),
      main: fromHere(one.main),
    }));
    const steps: PlannedStep[] = [];
    for (const file of files) {
      const distrust = process.geteuid?.() === 0 ? distrustOf(file, isNamed, probe) : null;
      const planned = distrust === null ? stepFor(file, probe) : null;
      if (planned === null)
        return refuse(distrust ?? `${printable(file.file)} is not a plain file.`);
      steps.push(planned);
    }
    const advice = files.flatMap((one) => one.advice).join("; ");
    const repair = { class: "B", advice, commands: [], steps } as const;
    terminal.write(editsText({ repair }, lookOf({ verbose: false, quiet: false }, terminal)));
    const answer = yes ? "yes" : await confirm("Write this", terminal);
    if (answer !== "yes") return answer === "no" ? EXIT.OK : EXIT.UNABLE;
    const subject = files.map(({ file }) => file).join(", ");
    const problem = await withRepairRun((run) =>
      repairOne({ code: "tsv check", subject, repair }, { ...run, print: () => {} }, 1),
    );
    if (!problem.ok) return refuse(problem.error);
    if (problem.value !== null) return refuse(printable(problem.value));
    terminal.write("Written. To revert it: tsv doctor --undo\n");
    return EXIT.OK;
  });
}

/**
 * Why root does not edit a file: another user could choose what root edits, by a symlink, by the pattern of an [include], or by a
 * configuration in the directory that root is in.
 */
function distrustOf({ file, main }: FixedFile, isNamed: boolean, probe: Probe): string | null {
  const link = strayLink(file, probe);
  if (link !== null) {
    return `${printable(link)} is a symlink that users other than root can change; name the file itself.`;
  }
  if ((file === main && isNamed) || whyUntrusted(main, probe) === null) return null;
  return `users other than root can change ${printable(main)}; check ${printable(file)}, and name it.`;
}

/** The step that writes a file, unless it is changed before. null if it is not a plain file. */
function stepFor({ file, before, after, advice }: FixedFile, probe: Probe): PlannedStep | null {
  const planned = rewriteStep(file, after, advice.join("; "), probe);
  const found = probe.look(file);
  if (planned?.step.kind !== "file" || !found.ok) return null;
  const path = process.geteuid?.() === 0 ? steadyPath(file, probe) : planned.step.path;
  const replaces =
    before === null ? {} : { replaces: { seen: preconditionOf(found), text: before } };
  return {
    ...planned,
    step: { ...planned.step, path, ...replaces },
    edited: { path, text: before },
  };
}
