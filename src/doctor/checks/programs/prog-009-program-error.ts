// PROG-009: a program exits early: explains its exit status and its last output.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { clueIn } from "../../../core/why/clues.ts";
import { describeExit } from "../../../core/why/exit-status.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import { firstObstacle } from "../../facts/access.ts";
import { lastLines } from "../../facts/log-end.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { unexecutablePrograms } from "./launch-of.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const PROGRAM_ERROR = defineCheck({
  code: "PROG-009",
  area: "programs",
  title: "program exits early",
  repairs: ["C"],
  page: {
    symptom:
      "`FATAL Exited too quickly (process log may have details)` with an exit status other than 0, or a signal.",
    cause:
      "The program was started correctly, but exited before `startsecs` had elapsed. The reason is in its own log. Doctor shows the last lines of its standard error and the meaning of the exit status: 126 and 127 come from a shell that could not execute a command, 128 and above from a signal (137 is SIGKILL, often because memory was short), and the program itself defines 1 and 2.",
    repair:
      "Read these lines, or more of them with `tsv tail NAME stderr`. `tsv why NAME` shows everything known about one program. A program that fails only at boot usually waits for something that is not ready yet: raise `startretries`, or order the service after the units that it depends on.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const histories = historyTable(situation);
    let explained: ReadonlySet<string> | null = null;
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const failed = statusesOf(program, statuses).find(isFailed);
      if (failed === undefined) return [];
      const history = histories.get(`${failed.group}:${failed.name}`) ?? null;
      const last = history?.runs.at(-1);
      // Exit status 0 is reported by PROG-008, and failures to execute by the checks before.
      if (last !== undefined && (last.ending !== "too-early" || last.exitStatus === 0)) return [];
      // Supervisor does not report the status; it is 127 if the child could not execute the command.
      if (last === undefined || last.exitStatus === 127) {
        explained ??= new Set(
          unexecutablePrograms(situation, probe).map((one) => one.program.label),
        );
        if (explained.has(program.label) || !hasDirectory(program, probe)) return [];
      }
      return [findingOf(program, failed, history, { situation, probe })];
    });
  },
});

function isFailed({ state, spawnError }: ProgramStatus): boolean {
  const isDown = state === "FATAL" || state === "BACKOFF";
  return isDown && spawnError.startsWith("Exited too quickly");
}

function hasDirectory({ config, base, account }: Supervised, probe: Probe): boolean {
  if (config.directory === null || base === null) return true;
  return firstObstacle(base, "search", account, probe) === null;
}

function findingOf(
  program: Supervised,
  { state, spawnError, stderrLog, stdoutLog, name, group, start }: ProgramStatus,
  history: ProgramHistory | null,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const log = stderrLog === "" ? stdoutLog : stderrLog;
  const lines = lastLines(log, 5, probe);
  const clue = clueIn(lines ?? []);
  const last = history?.runs.at(-1);
  const isAtBoot = start * 1000 - situation.host.bootedMs < 120_000;
  const where = displayName(group, name);
  return programFinding(program, {
    severity: "error",
    symptom: `${state} ${printable(spawnError)}`,
    cause:
      clue === null
        ? "The program exits before startsecs have elapsed."
        : `The program exits early: ${clue.meaning}.`,
    evidence: [
      ...(last === undefined
        ? []
        : [`${describeExit(last)} after ${(last.upMs / 1000).toFixed(1)} s`]),
      ...logEvidence(log, lines ?? []),
      ...(lines === null && log !== "" ? [`${log} cannot be read`] : []),
      ...(isAtBoot ? ["the last attempt was within two minutes after the boot"] : []),
    ],
    place: placeIn(situation, program, "command"),
    repair: byHand(
      clue?.advice ??
        (isAtBoot
          ? "Find out which dependency was not ready, then start it again"
          : "Read its log, then start it again"),
      [tsvCommand(["why", where], situation), tsvCommand(["start", where], situation)],
    ),
  });
}

/** Every attempt writes the same lines; they are shown once. */
function logEvidence(log: string, lines: readonly string[]): readonly string[] {
  const told = lines.filter((line, index) => line !== lines[index - 1]);
  return told.length === 0 ? [] : [`${log} ends with:`, ...told.map((line) => `| ${line}`)];
}
