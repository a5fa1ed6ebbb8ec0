// PROG-029: the last message of a receiver of alerts failed.

import { printable } from "../../../core/base/printable.ts";
import { durationText } from "../../../core/config/quantities.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

/** One of them says where messages go. */
const TARGETS = ["url", "url_file", "command", "mail"];

export const FAILING_RECEIVER = check("PROG-029", (facts) =>
  (facts.failing ?? []).map(({ name, target, error, sinceMs, waiting }) => {
    const section = `notify:${name}`;
    const seconds = Math.max(0, Math.round((facts.nowMs - sinceMs) / 1000));
    const key = TARGETS.find((one) => writtenValue(facts.config, section, one) !== null) ?? "url";
    return finding("error", section, {
      symptom: printable(`alert not sent to ${name}, it is tried again: ${error}`),
      cause: `This receiver of alerts has taken no message for ${durationText(seconds)}.`,
      evidence: [
        `receiver: ${printable(target)}`,
        waiting === 0 ? null : `${waiting} alert${waiting === 1 ? "" : "s"} waiting`,
      ],
      place: optionPlace(facts.config, section, key),
      repair: byHand("Remove the cause, then send a test; when it arrives, so does what waits", [
        tsvCommand(["notify", "test", name], facts),
      ]),
    });
  }),
);
