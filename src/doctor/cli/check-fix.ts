// `tsv check --fix`: shows the edits, asks, and writes them as one repair, which `tsv doctor --undo` reverts.

import { printable } from "../../core/base/printable.ts";
import type { FixedFile } from "../../core/config/lint/fix-plan.ts";
import { canAsk, isConfirmed, runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import { onEndSignals } from "../../install/host/processes.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { createTamperJudge, steadyPath, strayLink } from "../facts/path-trust.ts";
import type { Probe } from "../facts/probe.ts";
import { createProbe } from "../host/probe.ts";
import { rewriteStep } from "../repairs/config-edits.ts";
import { preconditionOf } from "../repairs/repairs.ts";
import { editsText } from "../report/report.ts";
import { repairOne } from "./fix.ts";
import { recordsOf } from "./main.ts";
import { lookOf } from "./terminal.ts";

/** Exit statuses: written or declined, nothing written. */
const EXIT = { OK: 0, UNABLE: 2 } as const;

interface Asked {
  readonly yes: boolean;
  /** The user has named the configurations. */
  readonly isNamed: boolean;
}

/** Writes fixed files. @returns 2 if they could not be written, otherwise 0 */
export async function applyFixes(files: readonly FixedFile[], asked: Asked): Promise<number> {
  return await runOnTerminal((terminal) => apply(files, asked, terminal));
}

async function apply(
  files: readonly FixedFile[],
  { yes, isNamed }: Asked,
  terminal: Terminal,
): Promise<number> {
  const refuse = (why: string): number => {
    terminal.writeError(`Nothing was changed: ${why}\n`);
    return EXIT.UNABLE;
  };
  const probe = createProbe();
  const steps: PlannedStep[] = [];
  for (const file of files) {
    const distrust = process.geteuid?.() === 0 ? distrustOf(file, isNamed, probe) : null;
    const planned = distrust === null ? stepFor(file, probe) : null;
    if (planned === null) return refuse(distrust ?? `${printable(file.file)} is not a plain file.`);
    steps.push(planned);
  }
  const advice = files.flatMap((one) => one.advice).join("; ");
  const repair = { class: "B", advice, commands: [], steps } as const;
  const look = lookOf({ verbose: false, quiet: false }, terminal);
  terminal.write(editsText({ repair }, look));
  if (!yes && !canAsk(terminal)) {
    return refuse("cannot ask for confirmation without a terminal; add --yes.");
  }
  if (!yes && !(await isConfirmed(terminal, "Write this"))) {
    terminal.write("Nothing was changed.\n");
    return EXIT.OK;
  }
  const records = recordsOf();
  const run = records.begin();
  if (!run.ok) return refuse(run.error);
  const controller = new AbortController();
  const forget = onEndSignals(() => controller.abort());
  try {
    const finding = {
      code: "tsv check",
      subject: files.map(({ file }) => file).join(", "),
      repair,
    };
    const making = { records, run: run.value, interruption: controller.signal, tell: () => {} };
    const problem = await repairOne(finding, making, 1);
    if (problem !== null) return refuse(printable(problem));
    terminal.write("Written. To revert it: tsv doctor --undo\n");
    return EXIT.OK;
  } finally {
    forget();
    records.end();
  }
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
  if (file === main && isNamed) return null;
  const question = { path: steadyPath(main, probe), trusted: [], isContainer: false };
  if (createTamperJudge(probe)(question) === null) return null;
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
