// Does the steps of a plan, all or none: how to take a step back is written down before it is done, and at the first
// failure everything is taken back in the opposite order.

import { err, ok, type Result } from "../core/base/result.ts";
import type { Discard, InstallHost, InstallJournal } from "./install-host.ts";
import type { PlannedStep, Step, Undo } from "./plan/steps.ts";

/** Told as it happens, for a person who watches. */
export interface TransactionReport {
  began(step: PlannedStep): void;
  did(step: PlannedStep): void;
  /** A step that may fail did. */
  skipped(step: PlannedStep, reason: string): void;
  tookBack(undo: Undo): void;
}

/** Something that could not be taken back. */
export interface Leftover {
  readonly undo: Undo;
  readonly reason: string;
}

/** What became of a failed transaction. */
export interface TransactionFailure {
  /** null when it was interrupted between two steps, or the journal failed. */
  readonly step: Step | null;
  readonly reason: string;
  /** What the service itself had to say, when it was the one that did not start or answer. */
  readonly trouble: string;
  /** Empty when the host is as it was. */
  readonly leftovers: readonly Leftover[];
}

export interface TransactionDeps {
  readonly host: InstallHost;
  readonly journal: InstallJournal;
  readonly report: TransactionReport;
  /** Somebody wants it to end: the step under way is finished, and everything taken back. */
  readonly interruption: AbortSignal;
}

/** Does every step, or none. */
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
    if (deps.interruption.aborted) return await fail(null, "it was interrupted", deps, done);
  }
  const discards = discardsOf(steps, done);
  const committed = journal.commit(discards);
  if (!committed.ok) return await fail(null, committed.error, deps, done);
  return finish(discards, deps);
}

/**
 * Puts in order what an installer left that was killed: takes its work back, or ends it where only cleaning was left.
 * @returns whether there was anything
 */
export async function recover(deps: TransactionDeps): Promise<Result<boolean, TransactionFailure>> {
  const unfinished = deps.journal.unfinished();
  if (!unfinished.ok) return err(failure(null, unfinished.error, []));
  if (unfinished.value === null) return ok(false);
  const { undos, discards } = unfinished.value;
  if (discards !== null) return finish(discards, deps);
  const leftovers = await takeBackAll(undos, deps);
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
  // Also a step that fails half-way is taken back: each way back looks first at what there is.
  done.push(...undos.value);
  return await host.perform(step, interruption);
}

/** What was moved aside stands in directories that would be empty without it. */
function discardsOf(steps: readonly PlannedStep[], done: readonly Undo[]): readonly Discard[] {
  const asides = done.flatMap((undo) =>
    undo.kind === "move-back" ? [{ path: undo.aside, kind: "aside" } as const] : [],
  );
  const empties = steps.flatMap(({ step }) =>
    step.kind === "remove-empty" ? [{ path: step.path, kind: "if-empty" } as const] : [],
  );
  return asides.length === 0 ? [] : [...asides, ...empties];
}

/** What was moved aside goes; what cannot go is told, and the next run tries again. */
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
  // Asked before anything is taken back: with the unit goes what its init system knows of it.
  const trouble = isAboutService ? await deps.host.trouble() : "";
  const leftovers = await takeBackAll(done, deps);
  if (leftovers.length === 0) deps.journal.close();
  return err({ step, reason, trouble, leftovers });
}

function failure(
  step: Step | null,
  reason: string,
  leftovers: readonly Leftover[],
): TransactionFailure {
  return { step, reason, trouble: "", leftovers };
}

/** @param undos in the order in which the steps were done */
async function takeBackAll(
  undos: readonly Undo[],
  { host, report }: TransactionDeps,
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const undo of [...undos].reverse()) {
    const outcome = await host.takeBack(undo);
    if (outcome.ok) report.tookBack(undo);
    else leftovers.push({ undo, reason: outcome.error });
  }
  return leftovers;
}
