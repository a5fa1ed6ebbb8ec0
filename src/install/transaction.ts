// Executes all steps of a plan, or none: the undo of each step is recorded before the step is executed, and the first
// failure rolls back all steps in reverse order.

import { err, ok, type Result } from "../core/base/result.ts";
import type { Discard, InstallHost, InstallJournal } from "./install-host.ts";
import type { PlannedStep, Step, Undo } from "./plan/steps.ts";

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
async function undoAll(
  undos: readonly Undo[],
  { host, report }: TransactionDeps,
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const undo of [...undos].reverse()) {
    const outcome = await host.undo(undo);
    if (outcome.ok) report.undid(undo);
    else leftovers.push({ undo, reason: outcome.error });
  }
  return leftovers;
}
