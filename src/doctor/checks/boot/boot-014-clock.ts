// BOOT-014: the clock of this host is wrong, or was.

import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** A program's start is told in whole seconds, by the daemon's clock. */
const SLACK_SECONDS = 60;

export const CLOCK = defineCheck({
  code: "BOOT-014",
  area: "boot",
  title: "the clock is wrong",
  page: {
    symptom:
      "Logs have dates of years ago, TLS certificates are `not yet valid`, and programs say that they were started in the future.",
    cause:
      "The clock is before the day on which tsv was built, or it was set back since programs were started. A Raspberry Pi has no clock that runs on without power: it begins where it was switched off until a time server has answered.",
    repair:
      "Have the clock set from the network: `timedatectl set-ntp true`. tsv itself measures time by a clock that does not jump, so nothing has to be restarted; only dates that were written meanwhile are wrong.",
  },
  look(situation) {
    return [...beforeBuild(situation), ...setBack(situation)];
  },
});

const REPAIR: Finding["repair"] = byHand("Have the clock set from the network", [
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
      symptom: "certificate is not yet valid, and logs have dates of long ago",
      cause: "The clock of this host is before the day on which tsv was built.",
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
      cause: "The clock was set back since the programs were started.",
      evidence: [`${ahead.length} programs, ${first?.name ?? ""} by ${seconds} s`],
      place: null,
      repair: REPAIR,
    },
  ];
}
