// PROG-010: a program that crashes again and again, just late enough to count as started.

import { describeExit } from "../../facts/exit-status.ts";
import type { ProgramHistory, ProgramRun } from "../../facts/program-history.ts";
import { historyTable, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

const HOUR_S = 3600;
const MOST_CRASHES = 5;
/** A run as short as this is no work that was done. */
const SHORT_MS = 60_000;

export const FLAPPING = defineCheck({
  code: "PROG-010",
  area: "programs",
  title: "program crashes again and again",
  page: {
    symptom:
      "`status` shows RUNNING whenever one looks, with an uptime of seconds or minutes; the pid is another one each time.",
    cause:
      "The program ends by itself after `startsecs`, so that each start counts as good, and `autorestart` starts it again without a limit. Doctor counts the runs of the last hour that ended unexpectedly or within a minute; five are too many.",
    repair:
      "Find out why it ends: `tsv why NAME` shows the last exits and the last lines that it wrote. With `startsecs` longer than it lives, the crashes count as failed starts and the program ends as FATAL instead, where monitoring sees it.",
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
          symptom: `${where} is started again and again: ${history.total} runs have ended`,
          cause:
            "It ends by itself, late enough to count as started, and autorestart starts it again.",
          evidence: [
            `${crashes.length} of its last ${history.runs.length} runs ended like that within an hour`,
            `the last one after ${Math.round(last.upMs / 1000)} s: ${describeExit(last)}`,
          ],
          place: placeIn(situation, program, "command"),
          repair: byHand("See why it ends", [
            tsvCommand(["why", where], situation),
            tsvCommand(["tail", where, "stderr"], situation),
          ]),
        }),
      ];
    });
  },
});

function crashesOf({ runs, now }: ProgramHistory): readonly ProgramRun[] {
  return runs.filter(
    ({ ending, end, expected, upMs }) =>
      ending === "exited" && now - end < HOUR_S && (!expected || upMs < SHORT_MS),
  );
}
