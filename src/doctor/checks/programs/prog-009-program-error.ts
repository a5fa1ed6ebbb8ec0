// PROG-009: a program that fails by itself: what its exit and its last words say.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { firstObstacle } from "../../facts/access.ts";
import { describeExit } from "../../facts/exit-status.ts";
import { clueIn, lastLines } from "../../facts/log-end.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ProgramHistory } from "../../facts/program-history.ts";
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
  title: "program fails by itself",
  page: {
    symptom:
      "`FATAL Exited too quickly (process log may have details)` with an exit status that is not 0, or a signal.",
    cause:
      "The program was started as it should be, and ended by itself before `startsecs` were over. Why is in its own log; doctor shows the last lines of its standard error and what the exit status means: 126 and 127 come from a shell that could not execute something, 128 and more from a signal (137 is SIGKILL, often for want of memory), and 1 and 2 are the program's own.",
    repair:
      "Read the lines, or more of them with `tsv tail NAME stderr`; `tsv why NAME` tells all that is known of one program. A program that fails only at boot mostly waits for something that is not up yet: raise `startretries`, or order the service after what it needs.",
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
      // Ending with success is PROG-008's, and why nothing could be executed is told by the checks before.
      if (last !== undefined && (last.ending !== "too-early" || last.exitStatus === 0)) return [];
      // Supervisor does not tell the status, which is 127 where its child could not execute anything.
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
        ? "The program ends by itself before startsecs are over."
        : `The program ends by itself: ${clue.meaning}.`,
    evidence: [
      ...(last === undefined
        ? []
        : [`${describeExit(last)} after ${(last.upMs / 1000).toFixed(1)} s`]),
      ...logEvidence(log, lines ?? []),
      ...(lines === null && log !== "" ? [`${log} cannot be read`] : []),
      ...(isAtBoot ? ["the last try was within two minutes of the boot of this host"] : []),
    ],
    place: placeIn(situation, program, "command"),
    repair: byHand(
      clue?.advice ??
        (isAtBoot
          ? "See what it needs that is not up so soon, then start it again"
          : "See what its log says, then start it again"),
      [tsvCommand(["why", where], situation), tsvCommand(["start", where], situation)],
    ),
  });
}

/** Every try writes the same: once is enough. */
function logEvidence(log: string, lines: readonly string[]): readonly string[] {
  const told = lines.filter((line, index) => line !== lines[index - 1]);
  return told.length === 0 ? [] : [`${log} ends in:`, ...told.map((line) => `| ${line}`)];
}
