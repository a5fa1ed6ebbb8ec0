// PROG-015: an event listener violates the protocol.

import { printable } from "../../../core/base/printable.ts";
import { lastLines } from "../../facts/log-end.ts";
import { statusTable } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";

export const LISTENER_UNKNOWN = defineCheck({
  code: "PROG-015",
  area: "programs",
  title: "event listener out of step",
  repairs: ["C"],
  page: {
    symptom:
      "`web: bad result line: '…'` or `has entered the UNKNOWN state and will no longer receive events`; the listener runs but receives no events.",
    cause:
      "An event listener talks to the daemon on its standard output: `READY`, then `RESULT 2` and `OK`. Any other output there, such as a debug `print` or a warning of a library, breaks the protocol, and the daemon sends no more events until the listener is restarted.",
    repair:
      "Make the listener write all other output to standard error, then restart it. Its log contains what it wrote.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return (situation.pools ?? []).flatMap(({ name: pool, listeners }) =>
      listeners
        .filter(({ state }) => state === "UNKNOWN")
        .map(({ name }): Finding => {
          const status = statuses.get(name);
          const log = status?.stdoutLog ?? "";
          return {
            severity: "error",
            subject: name,
            symptom: `${name} has entered the UNKNOWN state and will no longer receive events`,
            cause: "Its standard output contains text that is not part of the protocol.",
            evidence: (lastLines(log, 3, probe) ?? []).map((line) => `${printable(log)}: ${line}`),
            place: optionPlace(situation.config, `eventlistener:${pool}`, "command"),
            repair: byHand("Make it write to standard error instead, and restart it", [
              tsvCommand(["restart", name], situation),
            ]),
          };
        }),
    );
  },
});
