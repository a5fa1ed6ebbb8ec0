// BOOT-014: the clock of this host is wrong, or was.

import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

/** The daemon reports start times in whole seconds of its clock. */
const SLACK_SECONDS = 60;

/** Names of time services, as in /proc: at most 15 characters. */
const TIME_SERVICES =
  /^(?:systemd-timesyn\w*|chronyd|ntpd|openntpd|ntpd-rs|busybox-ntpd|timesyncd)$/;

const REPAIR = byHand("Synchronize the clock from the network", [
  "timedatectl set-ntp true",
  "timedatectl",
]);

export const CLOCK = check("BOOT-014", "the clock is wrong", (situation, probe) => [
  beforeBuild(situation, probe),
  setBack(situation, probe),
]);

function beforeBuild({ nowMs, executable }: Situation, probe: Probe): Finding | null {
  const { builtMs, version } = executable;
  if (builtMs === null || nowMs >= builtMs) return null;
  const days = Math.ceil((builtMs - nowMs) / 86_400_000);
  return finding("warning", "clock", {
    symptom: "certificate is not yet valid, and logs have dates in the past",
    cause: "The clock of this host shows a time before tsv was built.",
    evidence: [
      `the clock is at least ${days} days slow: it is before tsv ${version}`,
      ...sources(probe),
    ],
    repair: REPAIR,
  });
}

function setBack({ programs }: Situation, probe: Probe): Finding | null {
  const ahead = (programs ?? []).filter(({ start, now }) => start > now + SLACK_SECONDS);
  const [first] = ahead;
  if (first === undefined) return null;
  return finding("info", "clock of the daemon", {
    symptom: "programs were started in the future",
    cause: "The clock was set back after the programs had started.",
    evidence: [
      `${ahead.length} programs, ${first.name} by ${first.start - first.now} s`,
      ...sources(probe),
    ],
    repair: REPAIR,
  });
}

/** Why the clock may be wrong again after a boot. */
function sources(probe: Probe): readonly string[] {
  const hasClock = (probe.list("/sys/class/rtc") ?? []).length > 0;
  const isSet = probe.processes().some(({ name }) => TIME_SERVICES.test(name));
  return [
    ...(hasClock ? [] : ["the host has no battery-backed clock"]),
    ...(isSet ? [] : ["no time service runs"]),
  ];
}
