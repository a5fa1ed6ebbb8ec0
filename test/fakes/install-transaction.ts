// Plans done to their end on a host in memory.

import assert from "node:assert/strict";
import type { InstallPlan } from "../../src/install/plan/plan.ts";
import type { PlanInput } from "../../src/install/plan/plan-input.ts";
import type { PlannedStep } from "../../src/install/plan/steps.ts";
import { runTransaction, type TransactionDeps } from "../../src/install/transaction.ts";
import type { MemoryHost } from "./install-host.ts";
import { MemoryJournal } from "./install-journal.ts";
import { planFor, removalFor } from "./install-plan.ts";

/** Nobody interrupts, and nobody is told. */
export function transactionOn(host: MemoryHost): TransactionDeps {
  return {
    host,
    journal: new MemoryJournal(),
    interruption: new AbortController().signal,
    report: { began() {}, did() {}, skipped() {}, undid() {} },
  };
}

export async function perform(host: MemoryHost, steps: readonly PlannedStep[]): Promise<void> {
  const outcome = await runTransaction(steps, transactionOn(host));
  assert.ok(outcome.ok);
}

/** What `tsv install --boot` does. @returns what it did */
export async function install(
  host: MemoryHost,
  changes: Partial<PlanInput> = {},
): Promise<InstallPlan> {
  const plan = planFor(host, changes);
  await perform(host, plan.steps);
  return plan;
}

/** What `tsv uninstall` does. */
export async function uninstall(
  host: MemoryHost,
  options: Parameters<typeof removalFor>[1] = {},
  others: Parameters<typeof removalFor>[2] = [],
): Promise<void> {
  await perform(host, removalFor(host, options, others).steps);
}
