// BOOT-014: the clock of this host is wrong, or was.

import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** The daemon reports start times in whole seconds of its clock. */
const SLACK_SECONDS = 60;

export const CLOCK = defineCheck({
  code: "BOOT-014",
  area: "boot",
  title: "the clock is wrong",
  repairs: ["C"],
  page: {
    symptom:
      "Logs contain dates years in the past, TLS certificates are `not yet valid`, and programs appear to have started in the future.",
    cause:
      "The clock shows a time before tsv was built, or it was set back after programs had started. Most Raspberry Pi boards have no battery-backed clock: after power-on, the clock continues from the last saved time until a time server answers.",
    repair:
      "Synchronize the clock from the network: `timedatectl set-ntp true`. tsv measures durations with a clock that does not jump, so nothing has to be restarted. Only dates written in the meantime are wrong.",
  },
  look(situation) {
    return [...beforeBuild(situation), ...setBack(situation)];
  },
});

const REPAIR: Finding["repair"] = byHand("Synchronize the clock from the network", [
  "timedatectl set-ntp true",
  "timedatectl",
]);

function beforeBuild({ nowMs, executable }: Situation): readonly Finding[] {
  const { builtMs, version } = executable;
  if (builtMs === null || nowMs >= builtMs) return [];
  const days = Math.ceil((builtMs - nowMs) / 86_400_000);
  return [
    {
      severity: "warning",
      subject: "clock",
      symptom: "certificate is not yet valid, and logs have dates in the past",
      cause: "The clock of this host shows a time before tsv was built.",
      evidence: [`the clock is at least ${days} days slow: it is before tsv ${version}`],
      place: null,
      repair: REPAIR,
    },
  ];
}

function setBack({ programs }: Situation): readonly Finding[] {
  const ahead = (programs ?? []).filter(({ start, now }) => start > now + SLACK_SECONDS);
  if (ahead.length === 0) return [];
  const [first] = ahead;
  const seconds = first === undefined ? 0 : first.start - first.now;
  return [
    {
      severity: "info",
      subject: "clock of the daemon",
      symptom: "programs were started in the future",
      cause: "The clock was set back after the programs had started.",
      evidence: [`${ahead.length} programs, ${first?.name ?? ""} by ${seconds} s`],
      place: null,
      repair: REPAIR,
    },
  ];
}
