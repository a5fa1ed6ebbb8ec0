// `--undo`: shows what the last --fix has done, asks, and takes it back.

import { printable } from "../../core/base/printable.ts";
import { canAsk, isConfirmed } from "../../host/terminal/confirm.ts";
import { createInstallHost } from "../../install/host/install-host.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { createRepairRecords } from "../host/repair-records.ts";
import { lastRun, undoRepairs } from "../undo.ts";
import { shownMoment } from "./moment.ts";

/** @returns the exit status: 0 taken back, or there was nothing; 1 something stays; 2 not done */
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
      terminal.write("Nothing to take back: doctor has changed nothing on this host.\n");
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
      createInstallHost({ root: "/", journal: records.journalOf(record), showTrouble: [] });
    const undone = await undoRepairs(repairs, hostOf, records);
    for (const { record, problem } of undone) {
      const about = printable(`${record.about.code} ${record.about.subject}`);
      // What has been started or told something has no way back.
      const became =
        record.undos.length === 0 ? "stays, there is nothing to take back" : "taken back";
      if (problem === null) terminal.write(`${about}: ${became}\n`);
      else terminal.writeError(`${about}: not all taken back: ${printable(problem)}\n`);
    }
    return undone.some(({ problem }) => problem !== null) ? 1 : 0;
  } finally {
    records.end();
  }
}

async function isWanted(terminal: Terminal): Promise<boolean> {
  if (!canAsk(terminal)) {
    terminal.writeError("Nothing was changed. There is nobody to ask here; add --yes.\n");
    return false;
  }
  const wanted = await isConfirmed(terminal, "Take this back");
  if (!wanted) terminal.write("Nothing was changed.\n");
  return wanted;
}
