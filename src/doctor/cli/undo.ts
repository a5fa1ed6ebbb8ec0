// `--undo`: shows the repairs of the last --fix, asks for confirmation, and undoes them, the last repair first.

import { printable } from "../../core/base/printable.ts";
import { createInstallHost } from "../../install/host/install-host.ts";
import { type InstallHost, undoAll } from "../../install/transaction.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { RepairRecord, RepairRecords } from "../host/repair-records.ts";
import { confirm, localTimeText } from "./terminal.ts";

/** @returns the exit status: 0 undone, or nothing to undo; 1 partly undone; 2 not executed */
export async function undoLast(
  records: RepairRecords,
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
    const [first] = repairs;
    if (first === undefined) {
      terminal.write("Nothing to undo: doctor has changed nothing on this host.\n");
      return 0;
    }
    terminal.write(`Repairs of ${localTimeText(first.about.whenMs / 1000)}:\n`);
    for (const { about, isDone } of repairs) {
      const cut = isDone ? "" : " (interrupted)";
      terminal.write(`${printable(`  ${about.code} ${about.subject}: ${about.advice}${cut}`)}\n`);
    }
    if (!yes && (await confirm("Undo this", terminal)) !== "yes") return 2;
    const hostOf = (record: RepairRecord): InstallHost =>
      createInstallHost({ root: "/", journal: records.journalOf(record), showOutput: [] });
    const undone = await undoRepairs(repairs, hostOf, records);
    for (const { record, problem } of undone) {
      const about = printable(`${record.about.code} ${record.about.subject}`);
      // Starting or notifying a process cannot be undone.
      const outcome = record.undos.length === 0 ? "cannot be undone" : "undone";
      if (problem === null) terminal.write(`${about}: ${outcome}\n`);
      else terminal.writeError(`${about}: not completely undone: ${printable(problem)}\n`);
    }
    return undone.some(({ problem }) => problem !== null) ? 1 : 0;
  } finally {
    records.end();
  }
}

/** The repairs of the last run, in the order of undoing. */
export function lastRun(records: readonly RepairRecord[]): readonly RepairRecord[] {
  const run = records.at(-1)?.run;
  return records.filter((record) => record.run === run).reverse();
}

/**
 * Undoes them. A repair that was not undone completely keeps its record, so that it can be retried.
 * @returns why some of each was not undone; null if all was
 */
export async function undoRepairs(
  repairs: readonly RepairRecord[],
  hostOf: (record: RepairRecord) => InstallHost,
  records: Pick<RepairRecords, "forget">,
) {
  const done: { readonly record: RepairRecord; readonly problem: string | null }[] = [];
  for (const record of repairs) {
    const report = { undid: () => {} };
    const [left] = await undoAll(record.undos, { host: hostOf(record), report });
    if (left === undefined) records.forget(record);
    done.push({ record, problem: left?.reason ?? null });
  }
  return done;
}
