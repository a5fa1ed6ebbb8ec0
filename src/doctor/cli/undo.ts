// `--undo`: shows the repairs of the last --fix, asks for confirmation, and undoes them.

import { printable } from "../../core/base/printable.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import { createInstallHost } from "../../install/host/install-host.ts";
import type { InstallHost } from "../../install/transaction.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { createRepairRecords, RepairRecord, RepairRecords } from "../host/repair-records.ts";
import { shownMoment } from "./terminal.ts";

/** @returns the exit status: 0 undone, or nothing to undo; 1 partly undone; 2 not executed */
export async function undoLast(
  records: ReturnType<typeof createRepairRecords>,
  yes: boolean,
  terminal: Terminal,
): Promise<number> {
  const begun = records.begin();
  if (!begun.ok) {
    terminal.writeError(`Error: ${begun.error}\n`);
    return 2;
  }
  try {
    const repairs = lastRun(records.all());
    if (repairs.length === 0) {
      terminal.write("Nothing to undo: doctor has changed nothing on this host.\n");
      return 0;
    }
    const [first] = repairs;
    if (first !== undefined) {
      terminal.write(`Repairs of ${shownMoment(first.about.whenMs / 1000)}:\n`);
    }
    for (const { about, isDone } of repairs) {
      const cut = isDone ? "" : " (interrupted)";
      terminal.write(`${printable(`  ${about.code} ${about.subject}: ${about.advice}${cut}`)}\n`);
    }
    if (!yes && !(await isWanted(terminal))) return 2;
    const hostOf = (record: (typeof repairs)[number]): ReturnType<typeof createInstallHost> =>
      createInstallHost({ root: "/", journal: records.journalOf(record), showOutput: [] });
    const undone = await undoRepairs(repairs, hostOf, records);
    for (const { record, problem } of undone) {
      const about = printable(`${record.about.code} ${record.about.subject}`);
      // Starting or notifying a process cannot be undone.
      const became = record.undos.length === 0 ? "cannot be undone" : "undone";
      if (problem === null) terminal.write(`${about}: ${became}\n`);
      else terminal.writeError(`${about}: not completely undone: ${printable(problem)}\n`);
    }
    return undone.some(({ problem }) => problem !== null) ? 1 : 0;
  } finally {
    records.end();
  }
}

async function isWanted(terminal: Terminal): Promise<boolean> {
  if (!canAsk(terminal)) {
    terminal.writeError(
      "Nothing was changed: cannot ask for confirmation without a terminal; add --yes.\n",
    );
    return false;
  }
  const wanted = await isConfirmed(terminal, "Undo this");
  if (!wanted) terminal.write("Nothing was changed.\n");
  return wanted;
}

// Undoes the repairs of the last run of doctor, the last repair first.

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
