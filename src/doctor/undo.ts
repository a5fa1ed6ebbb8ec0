// Undoes the repairs of the last run of doctor, the last repair first.

import type { InstallHost } from "../install/transaction.ts";
import type { RepairRecord, RepairRecords } from "./repairs/repair-records.ts";

/** The result of undoing one repair. */
interface Undone {
  readonly record: RepairRecord;
  /** null: it was undone completely; otherwise why some of it was not. */
  readonly problem: string | null;
}

/** The repairs of the last run, in the order of undoing. */
export function lastRun(records: readonly RepairRecord[]): readonly RepairRecord[] {
  const run = records.at(-1)?.run;
  return records.filter((record) => record.run === run).reverse();
}

/** Undoes them. A repair that was not undone completely keeps its record, so that it can be retried. */
export async function undoRepairs(
  repairs: readonly RepairRecord[],
  hostOf: (record: RepairRecord) => InstallHost,
  records: Pick<RepairRecords, "forget">,
): Promise<readonly Undone[]> {
  const done: Undone[] = [];
  for (const record of repairs) {
    const host = hostOf(record);
    let problem: string | null = null;
    for (const undo of [...record.undos].reverse()) {
      const outcome = await host.undo(undo);
      if (!outcome.ok) problem ??= outcome.error;
    }
    if (problem === null) records.forget(record);
    done.push({ record, problem });
  }
  return done;
}
