// Asks for confirmation, executes a plan as one transaction, and prints the result.

import { wrapWords } from "../../core/base/printable.ts";
import type { Result } from "../../core/base/result.ts";
import type { Answer } from "../../host/terminal/json-answer.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { createInstallWorld } from "../host/gather-facts.ts";
import { createInstallHost } from "../host/install-host.ts";
import { createJournal, type DiskJournal, type FoundJournal } from "../host/journal.ts";
import { onEndSignals } from "../host/processes.ts";
import {
  describeSubject,
  describeUndo,
  isShown,
  type Plan,
  type PlannedStep,
  type Step,
} from "../plan/steps.ts";
import {
  recover,
  runTransaction,
  type TransactionDeps,
  type TransactionFailure,
} from "../transaction.ts";
import { columnsOf, editTable, stepData } from "./present.ts";

/** Exit statuses of `tsv install` and `tsv uninstall`. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_INSTALLED: 3,
  /** Failed, and something could not be rolled back. */
  LEFT_OVER: 4,
} as const;

interface Place {
  readonly root: string;
  readonly name: string;
  readonly journalPlace: string;
}

/** The journal of a directory, and whether a killed installer left one. */
export function journalOf({ root, name, journalPlace }: Place): FoundJournal {
  return createJournal(root, journalPlace, name);
}

interface Applying {
  readonly root: string;
  readonly journal: DiskJournal;
  readonly terminal: Terminal;
  /** Executed steps are its results; null without --json. */
  readonly answer: Answer | null;
  readonly showOutput: readonly string[];
}

/** Rolls back an interrupted installation. @returns an exit status if that failed */
export async function putInOrder(applying: Applying): Promise<number | null> {
  const { terminal, journal } = applying;
  if (!journal.isThere) return null;
  terminal.write("An installation was interrupted. It is rolled back first.\n");
  const outcome = await withSignals((interruption) => recover(depsOf(applying, interruption)));
  return outcome.ok ? null : printFailure(outcome.error, applying);
}

/** Executes a plan. @returns an exit status; failures are already printed */
export async function applyPlan(plan: Plan, applying: Applying): Promise<number> {
  const begun = applying.journal.begin();
  if (!begun.ok) {
    applying.terminal.writeError(`Error: ${begun.error}\nNothing was changed.\n`);
    return EXIT.FAILED;
  }
  const outcome = await withSignals((interruption) =>
    runTransaction(plan.steps, depsOf(applying, interruption)),
  );
  return outcome.ok ? EXIT.OK : printFailure(outcome.error, applying);
}

function depsOf(
  { root, journal, terminal, answer, showOutput }: Applying,
  interruption: AbortSignal,
): TransactionDeps {
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
        if (isMoot(planned, root)) return;
        const kept = whatStays(planned, root);
        note(planned, { outcome: kept === null ? "done" : "kept" });
        if (isShown(planned)) line(signOf(planned, kept), kept ?? doneText(planned));
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

const REMOVALS: readonly Step["kind"][] = [
  ...(["remove", "remove-empty", "remove-tree", "remove-stale", "remove-group"] as const),
];

function signOf({ step }: PlannedStep, kept: string | null): string {
  if (kept !== null) return " ";
  return REMOVALS.includes(step.kind) ? "-" : "+";
}

/** A new owner was planned for something that was removed after all. */
function isMoot({ step }: PlannedStep, root: string): boolean {
  return step.kind === "own" && createInstallWorld(root).look(step.path).kind === "missing";
}

/** A directory that is not empty stays. @returns null if the step was executed as planned */
function whatStays({ step }: PlannedStep, root: string): string | null {
  if (step.kind !== "remove-empty") return null;
  const isThere = createInstallWorld(root).look(step.path).kind === "directory";
  return isThere ? `${step.path}: kept, it is not empty` : null;
}

function doneText({ step, will }: PlannedStep): string {
  if (step.kind === "remove-empty") return `${step.path}: removed`;
  if (step.kind === "own") return `${step.path}: ${will.replace("if it stays: ", "")}`;
  const subject = describeSubject(step);
  return subject === will ? subject : `${subject}: ${will}`;
}

async function withSignals<T>(action: (interruption: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const forget = onEndSignals(() => controller.abort());
  try {
    return await action(controller.signal);
  } finally {
    forget();
  }
}

function printFailure(failure: TransactionFailure, { terminal, answer }: Applying): number {
  const { reason, serviceOutput, leftovers } = failure;
  if (answer !== null) {
    // What is quoted is not a command, although it is indented for people.
    answer.errors.push({ kind: "failed", message: reason, steps: [] });
    if (serviceOutput !== "") answer.more["serviceOutput"] = serviceOutput.split("\n");
    answer.more["leftovers"] = leftovers.map(({ undo, reason: why }) => ({
      what: describeUndo(undo),
      reason: why,
    }));
    return leftovers.length === 0 ? EXIT.FAILED : EXIT.LEFT_OVER;
  }
  const said =
    serviceOutput === "" ? "" : `The last output of the service:\n${indent(serviceOutput)}\n`;
  terminal.writeError(`Error: ${reason}\n${said}`);
  if (leftovers.length === 0) {
    terminal.writeError("All changes were rolled back.\n");
    return EXIT.FAILED;
  }
  const lines = leftovers.map((left) => `  ${describeUndo(left.undo)}: FAILED, ${left.reason}`);
  terminal.writeError(
    `Not everything could be rolled back:\n${lines.join("\n")}\nFix that and run this again: it continues from there.\n`,
  );
  return EXIT.LEFT_OVER;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

interface Consent {
  readonly yes: boolean;
  readonly force: boolean;
  /** Without a terminal to ask: what to do instead. */
  readonly instead: string;
}

/** Asks whether to execute a plan, and for each edited file that it replaces. @returns an exit status if refused */
export async function askFor(
  plan: Plan,
  { yes, force, instead }: Consent,
  terminal: Terminal,
): Promise<Result<true, number>> {
  const edits = plan.steps.filter(({ edited }) => edited !== null && !force);
  for (const edit of edits) terminal.write(`${editTable(edit, columnsOf(terminal))}\n\n`);
  const isAsked = canAsk(terminal);
  if (edits.length > 0 && (yes || !isAsked)) {
    const paths = edits.flatMap(({ edited }) => (edited === null ? [] : [edited.path]));
    terminal.writeError(
      `Error: ${paths.join(", ")} ${paths.length === 1 ? "was" : "were"} written or edited by others, and would be replaced.\n` +
        "Nothing was changed. Use --force to replace edited files.\n",
    );
    return { ok: false, error: EXIT.FAILED };
  }
  if (!yes && !isAsked) {
    terminal.writeError(instead);
    return { ok: false, error: EXIT.FAILED };
  }
  const questions = [
    ...edits.map(({ edited }) => `Replace ${edited?.path ?? ""}`),
    ...(yes ? [] : ["Proceed"]),
  ];
  for (const question of questions) {
    if (await isConfirmed(terminal, question)) continue;
    terminal.write("Nothing was changed.\n");
    return { ok: false, error: EXIT.FAILED };
  }
  return { ok: true, value: true };
}
