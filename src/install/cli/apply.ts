// What `tsv install` and `tsv uninstall` have in common: permission, recovery from an interrupted run, the display of a plan,
// the confirmation, and its execution as one transaction.

import type { ErrorKind } from "../../core/base/complaint.ts";
import { wrapWords } from "../../core/base/printable.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { complaintFrom } from "../../host/terminal/json-answer.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import { createInstallWorld, gatherFacts } from "../host/gather-facts.ts";
import { createInstallHost } from "../host/install-host.ts";
import { createJournal, type Journal } from "../host/journal.ts";
import { withInterruption } from "../host/processes.ts";
import { commandLine } from "../plan/choices.ts";
import type { Layout } from "../plan/layout.ts";
import type { InstallFacts } from "../plan/plan-input.ts";
import {
  describeSubject,
  describeUndo,
  isShown,
  type Plan,
  type PlannedStep,
} from "../plan/steps.ts";
import {
  recover,
  runTransaction,
  type TransactionDeps,
  type TransactionFailure,
} from "../transaction.ts";
import type { InstallArguments, UninstallArguments } from "./options.ts";
import {
  columnsOf,
  editTable,
  type Invocation,
  planTable,
  remarkLines,
  stepData,
} from "./present.ts";

/** Exit statuses of `tsv install` and `tsv uninstall`. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_INSTALLED: 3,
  /** Failed, and something could not be rolled back. */
  LEFT_OVER: 4,
} as const;

type Arguments = InstallArguments | UninstallArguments;

/**
 * Gathers the facts. Before changes, checks the permission, and rolls back an interrupted installation.
 * @returns an exit status if that is impossible; the reason is already printed
 */
export async function begin(
  { request, mode }: Arguments,
  call: Invocation,
): Promise<Result<InstallFacts, number>> {
  const { terminal } = call;
  if (mode === "apply") {
    const refused = whyNotAs(request.scope, call);
    if (refused !== null) return err(refused);
    const { layout } = gatherFacts(request);
    const journal = createJournal(request.root, layout.journalPlace, request.name);
    if (journal.isThere) {
      terminal.write("An installation was interrupted. It is rolled back first.\n");
      const outcome = await withInterruption((interruption) =>
        recover(transactionDeps(request.root, journal, [], interruption, call)),
      );
      if (!outcome.ok) return err(printFailure(outcome.error, call));
    }
  }
  const facts = gatherFacts(request);
  if (facts.problem === null) return ok(facts);
  terminal.writeError(`Error: ${facts.problem}\n`);
  return err(EXIT.FAILED);
}

/** @returns an exit status if this user lacks the permission */
function whyNotAs(
  scope: "system" | "user",
  { terminal, running, words, answer }: Invocation,
): number | null {
  const isRoot = process.geteuid?.() === 0;
  const refuse = (text: string, kind: ErrorKind): number => {
    if (answer === null) terminal.writeError(text);
    else answer.errors.push(complaintFrom(text, kind));
    return EXIT.FAILED;
  };
  if (scope === "system" && !isRoot) {
    const command = `sudo ${commandLine(running, words)}`;
    return refuse(`Error: this needs root. Run it as:\n\n  ${command}\n`, "permission-denied");
  }
  if (scope === "user" && isRoot) {
    return refuse(
      "Error: --user is for the programs of one user: run it as that user, without sudo.\nFor those of root, leave --user out.\n",
      "usage",
    );
  }
  return null;
}

/** A plan, and what is printed around it. */
interface Proposal {
  readonly plan: Plan;
  /** Why it is not possible; empty if it is. */
  readonly reasons: readonly string[];
  readonly heading: string;
  /** Notes that only people need. */
  readonly notes: readonly string[];
  /** What the plan is based on, for JSON; `remarks` may grow in `after`. */
  readonly basis: { readonly remarks: readonly string[] } & Readonly<Record<string, unknown>>;
  /** The command that prints the last output of the service; empty: unknown. */
  readonly showOutput: readonly string[];
  /** The last lines after success. */
  after(): string;
}

/** Shows a plan, and executes it after a confirmation, unless this is a dry run. @returns an exit status */
export async function carryOut(
  { plan, reasons, heading, notes, basis, showOutput, after }: Proposal,
  { request, mode, yes }: Arguments,
  layout: Layout,
  call: Invocation,
): Promise<number> {
  const { terminal, answer, running, words } = call;
  const { name, scope, root, force } = request;
  const isDryRun = mode === "plan";
  const shown = plan.steps.filter(isShown);
  if (answer !== null) {
    Object.assign(answer.more, { dryRun: isDryRun, name, scope, root, ...basis });
    if (isDryRun) answer.results.push(...shown.map(stepData));
  }
  if (shown.length === 0) terminal.write("Nothing to do: everything is installed already.\n");
  else terminal.write(`${heading}\n${planTable(plan, columnsOf(terminal))}\n\n`);
  terminal.write(remarkLines([...basis.remarks, ...notes]));
  for (const reason of reasons) terminal.writeError(`Error: ${reason}\n`);
  const journal = createJournal(root, layout.journalPlace, name);
  if (isDryRun) {
    for (const step of plan.steps) {
      if (step.edited !== null) terminal.write(`\n${editTable(step, columnsOf(terminal))}\n`);
    }
    if (journal.isThere) {
      terminal.write("note: an interrupted installation would be rolled back first\n");
    }
  }
  if (reasons.length > 0) return EXIT.FAILED;
  if (shown.length === 0) return EXIT.OK;
  if (isDryRun) {
    const rest = words.filter((word) => word !== "--dry-run" && word !== "--plan");
    const sudo = scope === "user" || process.geteuid?.() === 0 ? "" : "sudo ";
    terminal.write(
      `Dry run: nothing was changed. To make these changes:\n\n  ${sudo}${commandLine(running, rest)}\n`,
    );
    return EXIT.OK;
  }
  if (!(await isAgreed(plan, yes, force, call))) return EXIT.FAILED;
  const begun = journal.begin();
  if (!begun.ok) {
    terminal.writeError(`Error: ${begun.error}\nNothing was changed.\n`);
    return EXIT.FAILED;
  }
  const outcome = await withInterruption((interruption) =>
    runTransaction(plan.steps, transactionDeps(root, journal, showOutput, interruption, call)),
  );
  if (!outcome.ok) return printFailure(outcome.error, call);
  terminal.write(after());
  return EXIT.OK;
}

/** Asks whether to execute a plan, and for each edited file that it replaces. */
async function isAgreed(
  plan: Plan,
  yes: boolean,
  force: boolean,
  { terminal, running, words }: Invocation,
): Promise<boolean> {
  const edits = plan.steps.filter(({ edited }) => edited !== null && !force);
  const paths = edits.flatMap(({ edited }) => (edited === null ? [] : [edited.path]));
  for (const edit of edits) terminal.write(`${editTable(edit, columnsOf(terminal))}\n\n`);
  const isAsked = canAsk(terminal);
  if (edits.length > 0 && (yes || !isAsked)) {
    terminal.writeError(
      `Error: ${paths.join(", ")} ${paths.length === 1 ? "was" : "were"} written or edited by others, and would be replaced.\n` +
        "Nothing was changed. Use --force to replace edited files.\n",
    );
    return false;
  }
  if (!yes && !isAsked) {
    terminal.writeError(
      "Nothing was changed: cannot ask for confirmation because this is not a terminal.\nTo proceed:\n\n" +
        `  ${commandLine(running, [...words, "--yes"])}\n`,
    );
    return false;
  }
  for (const question of [...paths.map((path) => `Replace ${path}`), ...(yes ? [] : ["Proceed"])]) {
    if (await isConfirmed(terminal, question)) continue;
    terminal.write("Nothing was changed.\n");
    return false;
  }
  return true;
}

/** A transaction that prints its progress. With --json, executed steps are the results. */
function transactionDeps(
  root: string,
  journal: Journal,
  showOutput: readonly string[],
  interruption: AbortSignal,
  { terminal, answer }: Invocation,
): TransactionDeps {
  const world = createInstallWorld(root);
  const line = (sign: string, text: string): void => {
    const lines = wrapWords(text, columnsOf(terminal) - 4, "  ");
    const lead = (index: number): string => (index === 0 ? `  ${sign} ` : "    ");
    terminal.write(lines.map((each, index) => `${lead(index)}${each}\n`).join(""));
  };
  const note = (planned: PlannedStep, outcome: object): void => {
    if (isShown(planned)) answer?.results.push({ ...stepData(planned), ...outcome });
  };
  return {
    host: createInstallHost({ root, journal, showOutput }),
    journal,
    interruption,
    report: {
      began({ step }) {
        if (step.kind === "answer") line(" ", `waiting for an answer on ${step.server}`);
      },
      did(planned) {
        const { step } = planned;
        // A new owner was planned for a file that was removed after all.
        if (step.kind === "own" && world.look(step.path).kind === "missing") return;
        const isKept = step.kind === "remove-empty" && world.look(step.path).kind === "directory";
        note(planned, { outcome: isKept ? "kept" : "done" });
        if (isKept) line(" ", `${step.path}: kept, it is not empty`);
        else if (isShown(planned)) {
          line(step.kind.startsWith("remove") ? "-" : "+", doneText(planned));
        }
      },
      skipped(planned, reason) {
        note(planned, { outcome: "skipped", reason });
        line("!", `${describeSubject(planned.step)}: ${reason}`);
      },
      undid(undo) {
        if (answer !== null) answer.more["rolledBack"] = true;
        line("-", describeUndo(undo));
      },
    },
  };
}

function doneText({ step, will }: PlannedStep): string {
  if (step.kind === "remove-empty") return `${step.path}: removed`;
  if (step.kind === "own") return `${step.path}: ${will.replace("if it stays: ", "")}`;
  const subject = describeSubject(step);
  return subject === will ? subject : `${subject}: ${will}`;
}

function printFailure(failure: TransactionFailure, { terminal, answer }: Invocation): number {
  const { reason, serviceOutput, leftovers } = failure;
  const status = leftovers.length === 0 ? EXIT.FAILED : EXIT.LEFT_OVER;
  if (answer !== null) {
    // Indented lines of a message are not commands here.
    answer.errors.push({ kind: "failed", message: reason, steps: [] });
    if (serviceOutput !== "") answer.more["serviceOutput"] = serviceOutput.split("\n");
    answer.more["leftovers"] = leftovers.map(({ undo, reason: why }) => ({
      what: describeUndo(undo),
      reason: why,
    }));
    return status;
  }
  const output = serviceOutput.replace(/^/gm, "  ");
  terminal.writeError(
    `Error: ${reason}\n${serviceOutput === "" ? "" : `The last output of the service:\n${output}\n`}`,
  );
  if (leftovers.length === 0) {
    terminal.writeError("All changes were rolled back.\n");
    return status;
  }
  const lines = leftovers.map((left) => `  ${describeUndo(left.undo)}: FAILED, ${left.reason}`);
  terminal.writeError(
    `Not everything could be rolled back:\n${lines.join("\n")}\nFix that and run this again: it continues from there.\n`,
  );
  return status;
}
