// Executes all steps of a plan, or none: the undo of each step is recorded before the step is executed, and the first
// failure rolls back all steps in reverse order.

import { err, ok, type Result } from "../core/base/result.ts";
import type { PlannedStep, Step, Undo } from "./plan/steps.ts";

/** A host on which the steps of an installation are executed and undone one by one. */
export interface InstallHost {
  /**
   * Determines the undos of a step, and keeps the files that they need, before the step is executed.
   * @returns the undos, in the order of the step's actions; the error is a sentence with the reason
   */
  prepare(step: Step): Result<readonly Undo[], string>;
  /** Executes a step. The error is a sentence: what failed, on what, and why. */
  perform(step: Step, interruption: AbortSignal): Promise<Result<true, string>>;
  /** Undoes a step. If something was changed since the step, it stays, and this is an error. */
  undo(undo: Undo): Promise<Result<true, string>>;
  /** Removes files that could not be removed before all steps were executed. Idempotent. */
  discard(what: Discard): Result<true, string>;
  /** The last output of the service, to explain why it does not answer; empty if unknown. */
  serviceOutput(): Promise<string>;
}

/** Removed after the transaction has succeeded: a file that was moved aside, or a directory if it is empty. */
export interface Discard {
  readonly path: string;
  readonly kind: "aside" | "if-empty";
}

/** The state that a killed installer left. */
export interface Unfinished {
  /** The undos of its steps, in the order of execution. */
  readonly undos: readonly Undo[];
  /** All its steps were executed, and these remain to be removed; null if not all were. */
  readonly discards: readonly Discard[] | null;
}

/** The record of executed steps and their undos on disk, which outlives a killed installer. */
export interface InstallJournal {
  /** The state that a killed installer left; null: none. */
  unfinished(): Result<Unfinished | null, string>;
  /** Records the undos of the next step. They are on disk when this returns. */
  record(undos: readonly Undo[]): Result<true, string>;
  /** All steps were executed: nothing is rolled back from here on, and files that were moved aside are removed. */
  commit(discards: readonly Discard[]): Result<true, string>;
  /** Nothing is left to do or to undo: removes the journal and the files that it kept. */
  close(): void;
}

/** Progress, for output. */
interface TransactionReport {
  began(step: PlannedStep): void;
  did(step: PlannedStep): void;
  /** A step that may fail has failed. */
  skipped(step: PlannedStep, reason: string): void;
  undid(undo: Undo): void;
}

/** An undo that failed. */
interface Leftover {
  readonly undo: Undo;
  readonly reason: string;
}

/** The result of a failed transaction. */
export interface TransactionFailure {
  /** null if it was interrupted between two steps, or if the journal failed. */
  readonly step: Step | null;
  readonly reason: string;
  /** The last output of the service, if it did not start or answer. */
  readonly serviceOutput: string;
  /** Empty if everything was rolled back. */
  readonly leftovers: readonly Leftover[];
}

export interface TransactionDeps {
  readonly host: InstallHost;
  readonly journal: InstallJournal;
  readonly report: TransactionReport;
  /** Interrupts the transaction: the current step is finished, and everything is rolled back. */
  readonly interruption: AbortSignal;
}

/** Executes every step, or none. */
export async function runTransaction(
  steps: readonly PlannedStep[],
  deps: TransactionDeps,
): Promise<Result<true, TransactionFailure>> {
  const { journal, report } = deps;
  const done: Undo[] = [];
  for (const planned of steps) {
    report.began(planned);
    const outcome = await doOne(planned.step, deps, done);
    if (outcome.ok) report.did(planned);
    else if (planned.mayFail && !deps.interruption.aborted) report.skipped(planned, outcome.error);
    else return await fail(planned.step, outcome.error, deps, done);
    if (deps.interruption.aborted) return await fail(null, "interrupted", deps, done);
  }
  const discards = discardsOf(steps, done);
  const committed = journal.commit(discards);
  if (!committed.ok) return await fail(null, committed.error, deps, done);
  return finish(discards, deps);
}

/**
 * Recovers from a killed installer: rolls its steps back, or completes it if only the cleanup is missing.
 * @returns whether there was anything to recover
 */
export async function recover(deps: TransactionDeps): Promise<Result<boolean, TransactionFailure>> {
  const unfinished = deps.journal.unfinished();
  if (!unfinished.ok) return err(failure(null, unfinished.error, []));
  if (unfinished.value === null) return ok(false);
  const { undos, discards } = unfinished.value;
  if (discards !== null) return finish(discards, deps);
  const leftovers = await undoAll(undos, deps);
  if (leftovers.length > 0) return err(failure(null, "an interrupted run remains", leftovers));
  deps.journal.close();
  return ok(true);
}

async function doOne(
  step: Step,
  { host, journal, interruption }: TransactionDeps,
  done: Undo[],
): Promise<Result<true, string>> {
  const undos = host.prepare(step);
  if (!undos.ok) return undos;
  const written = undos.value.length === 0 ? ok(true as const) : journal.record(undos.value);
  if (!written.ok) return written;
  // A step that fails half-way is undone, too: each undo first checks the present state.
  done.push(...undos.value);
  return await host.perform(step, interruption);
}

/** Files that were moved aside are in directories that would be empty without them. */
function discardsOf(steps: readonly PlannedStep[], done: readonly Undo[]): readonly Discard[] {
  const asides = done.flatMap((undo) =>
    undo.kind === "move-back" ? [{ path: undo.aside, kind: "aside" } as const] : [],
  );
  const empties = steps.flatMap(({ step }) =>
    step.kind === "remove-empty" ? [{ path: step.path, kind: "if-empty" } as const] : [],
  );
  return asides.length === 0 ? [] : [...asides, ...empties];
}

/** Removes files that were moved aside; failures are reported, and the next run tries again. */
function finish(
  discards: readonly Discard[],
  { host, journal }: TransactionDeps,
): Result<true, TransactionFailure> {
  for (const one of discards) {
    const gone = host.discard(one);
    if (!gone.ok) return err(failure(null, gone.error, []));
  }
  journal.close();
  return ok(true);
}

async function fail(
  step: Step | null,
  reason: string,
  deps: TransactionDeps,
  done: readonly Undo[],
): Promise<Result<never, TransactionFailure>> {
  const isAboutService = step?.kind === "answer" || step?.kind === "command";
  // Read before the rollback, because the init system forgets the output together with the unit.
  const serviceOutput = isAboutService ? await deps.host.serviceOutput() : "";
  const leftovers = await undoAll(done, deps);
  if (leftovers.length === 0) deps.journal.close();
  return err({ step, reason, serviceOutput, leftovers });
}

function failure(
  step: Step | null,
  reason: string,
  leftovers: readonly Leftover[],
): TransactionFailure {
  return { step, reason, serviceOutput: "", leftovers };
}

/** @param undos in the order in which the steps were executed */
export async function undoAll(
  undos: readonly Undo[],
  {
    host,
    report,
  }: { readonly host: InstallHost; readonly report: Pick<TransactionReport, "undid"> },
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const undo of [...undos].reverse()) {
    const outcome = await host.undo(undo);
    if (outcome.ok) report.undid(undo);
    else leftovers.push({ undo, reason: outcome.error });
  }
  return leftovers;
}
