// PROG-024: a program whose health check fails, now or in every run lately.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { shownCheck } from "../../../core/config/check-target.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
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
import { placeIn, programFinding } from "./program-finding.ts";

/** Descriptions, errors and reasons of an unhealthy program begin with this. */
const UNHEALTHY = "unhealthy: ";

export const UNHEALTHY_PROGRAM = defineCheck({
  code: "PROG-024",
  area: "programs",
  title: "health check fails",
  repairs: ["C"],
  page: {
    symptom:
      "`status` shows `unhealthy: connection refused (3 of 3)`, or the program is restarted again and again because of its health check.",
    cause:
      "The program does not answer at the address of `health_check=`, answers too late for `health_timeout=`, or answers with another status. Or the check asks at another address than the program listens on.",
    repair:
      "Make the same request by hand, and read the log of the program. If the program needs long to start, set `ready_check=` or `health_start_period=`; if it answers slowly, `health_timeout=`.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      if (program.config.healthCheck === null) return [];
      for (const status of statusesOf(program, statuses)) {
        const history = histories.get(`${status.group}:${status.name}`) ?? null;
        const failed = failureOf(status, history);
        if (failed !== null) return [findingOf(program, status, failed, situation)];
      }
      return [];
    });
  },
});

/** What the check says; null if it succeeds, or has not failed yet. */
function failureOf(
  { description, spawnError, state }: ProgramStatus,
  history: ProgramHistory | null,
): string | null {
  if (description.startsWith(UNHEALTHY)) return description.slice(UNHEALTHY.length);
  const isDown = state === "BACKOFF" || state === "FATAL";
  if (isDown && spawnError.startsWith(UNHEALTHY)) return spawnError.slice(UNHEALTHY.length);
  if (history === null || history.health === null || history.health.state === "healthy")
    return null;
  // Between two restarts it is not known yet.
  const reason = history.runs.at(-1)?.reason ?? "";
  return reason.startsWith(UNHEALTHY) ? reason.slice(UNHEALTHY.length) : null;
}

function findingOf(
  program: Supervised,
  { group, name, state }: ProgramStatus,
  failed: string,
  situation: Situation,
): Finding {
  const { healthCheck } = program.config;
  const address = healthCheck === null ? "" : shownCheck(healthCheck);
  const label = displayName(group, name);
  return programFinding(program, {
    severity: state === "FATAL" ? "error" : "warning",
    symptom: `${state} unhealthy: ${printable(failed)}`,
    cause: `${label} does not pass its health check.`,
    evidence: [`health_check=${printable(address)}`],
    place: placeIn(situation, program, "health_check"),
    repair: byHand("Find out why it does not answer", [
      ...(healthCheck?.kind === "http" ? [`curl -sv -o /dev/null '${healthCheck.url}'`] : []),
      tsvCommand(["why", label], situation),
    ]),
  });
}
