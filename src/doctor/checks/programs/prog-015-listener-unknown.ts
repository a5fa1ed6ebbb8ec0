// PROG-015: an event listener that does not keep to the protocol.

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
  page: {
    symptom:
      "`web: bad result line: '…'` or `has entered the UNKNOWN state and will no longer receive events`; the listener runs, and gets no events.",
    cause:
      "Standard output of an event listener is a conversation with the daemon: `READY`, then `RESULT 2` and `OK`. Anything else on it, such as a `print` for debugging or a warning of a library, breaks it, and the daemon stops sending events until the listener is started anew.",
    repair:
      "Let the listener write everything else to standard error, then restart it. What it wrote is in its log.",
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
            cause: "It wrote something to its standard output that is not of the protocol.",
            evidence: (lastLines(log, 3, probe) ?? []).map((line) => `${printable(log)}: ${line}`),
            place: optionPlace(situation.config, `eventlistener:${pool}`, "command"),
            repair: byHand("Let it write to standard error instead, and restart it", [
              tsvCommand(["restart", name], situation),
            ]),
          };
        }),
    );
  },
});
