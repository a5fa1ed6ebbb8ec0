// Takes back what doctor has done: the repairs of the last run, the last first.

import type { InstallHost } from "../install/install-host.ts";
import type { RepairRecord, RepairRecords } from "./repairs/repair-records.ts";

/** What became of taking back one repair. */
export interface Undone {
  readonly record: RepairRecord;
  /** null: it is taken back; else why something of it stays. */
  readonly problem: string | null;
}

/** The repairs of the last run, in the order in which they are taken back. */
export function lastRun(records: readonly RepairRecord[]): readonly RepairRecord[] {
  const run = records.at(-1)?.run;
  return records.filter((record) => record.run === run).reverse();
}

/** Takes them back. A repair of which something stays keeps its record, so that it can be tried again. */
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
      const outcome = await host.takeBack(undo);
      if (!outcome.ok) problem ??= outcome.error;
    }
    if (problem === null) records.forget(record);
    done.push({ record, problem });
  }
  return done;
}
