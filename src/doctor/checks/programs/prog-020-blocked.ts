// PROG-020: a program whose start is blocked, because a program that it needs is down.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
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

/** What the daemon reports as the error of such a program begins with this. */
const BLOCKED = "blocked: ";

export const BLOCKED_PROGRAM = defineCheck({
  code: "PROG-020",
  area: "programs",
  title: "dependency is down",
  repairs: ["C"],
  page: {
    symptom: "`status` shows `BACKOFF blocked: db is FATAL`.",
    cause:
      "The program needs another one (`depends_on=` or `restart_with=`), and that one is FATAL, STOPPED or EXITED, or is not there. Nothing starts it without a request, so this program waits.",
    repair:
      "Find out why the other program is down: `tsv why` and doctor's other findings explain it. When it comes up, the blocked program starts by itself.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program) => {
      const blocked = statusesOf(program, statuses).find(isBlocked);
      return blocked === undefined ? [] : [findingOf(program, blocked, situation)];
    });
  },
});

/** Whether the daemon delays a start because of another program: what the program printed earlier explains nothing then. */
export function isBlocked({
  state,
  spawnError,
}: Pick<ProgramStatus, "state" | "spawnError">): boolean {
  return state === "BACKOFF" && spawnError.startsWith(BLOCKED);
}

function findingOf(program: Supervised, status: ProgramStatus, situation: Situation): Finding {
  const { group, name, spawnError } = status;
  const on = historyTable(situation).get(`${group}:${name}`)?.blockedBy ?? "";
  const isNamed = program.config.dependsOn.length > 0;
  return programFinding(program, {
    severity: "warning",
    symptom: `BACKOFF ${printable(spawnError)}`,
    cause: `${displayName(group, name)} needs a program that is down.`,
    evidence: [],
    place: placeIn(situation, program, isNamed ? "depends_on" : "restart_with"),
    repair:
      on === ""
        ? byHand("Start the program that it needs, or remove that from depends_on=")
        : byHand(`Find out why ${on} is down, then start it`, [
            tsvCommand(["why", on], situation),
            tsvCommand(["start", on], situation),
          ]),
  });
}
