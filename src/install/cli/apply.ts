// Asks, does a plan as one transaction, and says what became of it.

import type { Result } from "../../core/base/result.ts";
import { canAsk, isConfirmed } from "../../host/terminal/confirm.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { onEndSignals } from "../host/end-signals.ts";
import { createInstallHost } from "../host/install-host.ts";
import { createJournal, type DiskJournal } from "../host/journal.ts";
import { describeSubject, describeUndo } from "../plan/describe.ts";
import { isShown, type Plan, type PlannedStep } from "../plan/steps.ts";
import {
  recover,
  runTransaction,
  type TransactionDeps,
  type TransactionFailure,
} from "../transaction.ts";
import { editTable } from "./present.ts";

/** Exit statuses of `tsv install` and `tsv uninstall`. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_INSTALLED: 3,
  /** Failed, and something could not be taken back. */
  LEFT_OVER: 4,
} as const;

export interface Place {
  readonly root: string;
  readonly name: string;
  readonly journalPlace: string;
}

/** The journal of a place, and a look at whether an installer left one. */
export function journalOf({ root, name, journalPlace }: Place): DiskJournal {
  return createJournal(root, journalPlace, name);
}

export interface Applying {
  readonly root: string;
  readonly journal: DiskJournal;
  readonly terminal: Terminal;
  readonly showTrouble: readonly string[];
}

/** Takes back what an installer that was killed has left. @returns an exit status when that did not work */
export async function putInOrder(applying: Applying): Promise<number | null> {
  const { terminal, journal } = applying;
  if (!journal.isThere) return null;
  terminal.write("An installation was interrupted before it was done. It is taken back first.\n");
  const outcome = await withSignals((interruption) => recover(depsOf(applying, interruption)));
  return outcome.ok ? null : tellFailure(outcome.error, applying);
}

/** Does a plan. @returns an exit status; everything about a failure is said */
export async function applyPlan(plan: Plan, applying: Applying): Promise<number> {
  const begun = applying.journal.begin();
  if (!begun.ok) {
    applying.terminal.writeError(`Error: ${begun.error}\nNothing was changed.\n`);
    return EXIT.FAILED;
  }
  const outcome = await withSignals((interruption) =>
    runTransaction(plan.steps, depsOf(applying, interruption)),
  );
  return outcome.ok ? EXIT.OK : tellFailure(outcome.error, applying);
}

function depsOf(
  { root, journal, terminal, showTrouble }: Applying,
  interruption: AbortSignal,
): TransactionDeps {
  const line = (sign: string, text: string): void => terminal.write(`  ${sign} ${text}\n`);
  return {
    host: createInstallHost({ root, journal, showTrouble }),
    journal,
    interruption,
    report: {
      began({ step }) {
        if (step.kind === "answer") line(" ", `waiting for an answer on ${step.server}`);
      },
      did(planned) {
        if (isShown(planned)) line("+", doneText(planned));
      },
      skipped: ({ step }, reason) => line("!", `${describeSubject(step)}: ${reason}`),
      tookBack: (undo) => line("-", describeUndo(undo)),
    },
  };
}

function doneText({ step, will }: PlannedStep): string {
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

function tellFailure(failure: TransactionFailure, { terminal }: Applying): number {
  const { reason, trouble, leftovers } = failure;
  const said = trouble === "" ? "" : `What the service said last:\n${indent(trouble)}\n`;
  terminal.writeError(`Error: ${reason}\n${said}`);
  if (leftovers.length === 0) {
    terminal.writeError("Everything was taken back: this host is as it was before.\n");
    return EXIT.FAILED;
  }
  const lines = leftovers.map((left) => `  ${describeUndo(left.undo)}: FAILED, ${left.reason}`);
  terminal.writeError(
    `Not everything could be taken back:\n${lines.join("\n")}\nMend that and run this again: it goes on from there.\n`,
  );
  return EXIT.LEFT_OVER;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

export interface Consent {
  readonly yes: boolean;
  readonly force: boolean;
  /** Where there is nobody to ask: what to do instead. */
  readonly instead: string;
}

/** Asks whether to do a plan, and for each file of somebody else's that it replaces. @returns an exit status for no */
export async function askFor(
  plan: Plan,
  { yes, force, instead }: Consent,
  terminal: Terminal,
): Promise<Result<true, number>> {
  const edits = plan.steps.filter(({ edited }) => edited !== null && !force);
  for (const edit of edits) terminal.write(`${editTable(edit)}\n\n`);
  const isAsked = canAsk(terminal);
  if (edits.length > 0 && (yes || !isAsked)) {
    terminal.writeError("Nothing was changed. Use --force to replace what is not tsv's.\n");
    return { ok: false, error: EXIT.FAILED };
  }
  if (!yes && !isAsked) {
    terminal.writeError(instead);
    return { ok: false, error: EXIT.FAILED };
  }
  const questions = [
    ...edits.map(({ edited }) => `Replace ${edited?.path ?? ""}`),
    ...(yes ? [] : ["Do this"]),
  ];
  for (const question of questions) {
    if (await isConfirmed(terminal, question)) continue;
    terminal.write("Nothing was changed.\n");
    return { ok: false, error: EXIT.FAILED };
  }
  return { ok: true, value: true };
}
