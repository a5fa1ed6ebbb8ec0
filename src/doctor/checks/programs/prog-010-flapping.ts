// PROG-010: a program crashes again and again, but late enough to count as started.

import { describeExit } from "../../../core/why/exit-status.ts";
import type { ProgramHistory, ProgramRun } from "../../../core/why/program-history.ts";
import { historyTable, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

const HOUR_S = 3600;
const MOST_CRASHES = 5;
/** Runs shorter than this count as crashes. */
const SHORT_MS = 60_000;

export const FLAPPING = defineCheck({
  code: "PROG-010",
  area: "programs",
  title: "program crashes again and again",
  repairs: ["C"],
  page: {
    symptom:
      "`status` always shows RUNNING, but with an uptime of seconds or minutes and a different pid each time.",
    cause:
      "The program exits after `startsecs`, so each start counts as successful, and `autorestart` restarts it without a limit. Doctor counts the runs of the last hour that ended unexpectedly or within a minute, and reports five or more.",
    repair:
      "Find out why it exits: `tsv why NAME` shows the last exits and the last output. If you raise `startsecs` above its lifetime, the crashes count as failed starts, and the program becomes FATAL, which monitoring tools can detect.",
  },
  look(situation, probe) {
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const worst = program.members
        .flatMap((member) => histories.get(member) ?? [])
        .map((history) => ({ history, crashes: crashesOf(history) }))
        .sort((a, b) => b.crashes.length - a.crashes.length)[0];
      const last = worst?.crashes.at(-1);
      if (worst === undefined || last === undefined || worst.crashes.length < MOST_CRASHES)
        return [];
      const { history, crashes } = worst;
      const where = program.label;
      return [
        programFinding(program, {
          severity: "warning",
          symptom: `${where} is restarted again and again: ${history.total} runs have ended`,
          cause: "It exits after startsecs, so it counts as started, and autorestart restarts it.",
          evidence: [
            `${crashes.length} of its last ${history.runs.length} runs ended in this way within an hour`,
            `the last one after ${Math.round(last.upMs / 1000)} s: ${describeExit(last)}`,
          ],
          place: placeIn(situation, program, "command"),
          repair: byHand("Find out why it exits", [tsvCommand(["why", where], situation)]),
        }),
      ];
    });
  },
});

function crashesOf({ runs, now }: ProgramHistory): readonly ProgramRun[] {
  return runs.filter(
    ({ cause, ending, end, expected, upMs }) =>
      // Runs of a schedule follow each other as they should.
      cause !== "schedule" &&
      ending === "exited" &&
      now - end < HOUR_S &&
      (!expected || upMs < SHORT_MS),
  );
}
