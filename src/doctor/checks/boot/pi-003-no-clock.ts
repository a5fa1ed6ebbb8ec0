// PI-003: a board without a clock of its own, and nobody who sets it.

import type { Probe } from "../../facts/probe.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

const SETTERS = /^(?:systemd-timesyn\w*|chronyd|ntpd|openntpd|ntpd-rs|busybox-ntpd|timesyncd)$/;

export const NO_CLOCK = defineCheck({
  code: "PI-003",
  area: "board",
  title: "no clock that anybody sets",
  page: {
    symptom:
      "After a boot logs begin with the time of the last shutdown and then jump, certificates are `not yet valid`, and jobs of cron run late or twice.",
    cause:
      "The board has no clock that runs on without power (`/sys/class/rtc` is empty), and no service sets the time from the network: neither systemd-timesyncd nor chrony nor ntpd runs.",
    repair:
      "`timedatectl set-ntp true`, or install chrony; without a network, add a clock module (`dtoverlay=i2c-rtc,ds3231`). tsv itself is calm when the clock jumps: it measures time by a clock that does not.",
  },
  look({ host }, probe) {
    if (host.board === null || (probe.list("/sys/class/rtc") ?? []).length > 0) return [];
    if (isSynchronised(probe) || probe.processes().some(({ name }) => SETTERS.test(name)))
      return [];
    return [
      {
        severity: "warning",
        subject: "clock",
        symptom: "logs and certificates have wrong dates after a boot",
        cause: "The board has no clock of its own, and nothing sets the time from the network.",
        evidence: ["/sys/class/rtc is empty", "no service that sets the time runs"],
        place: null,
        repair: byHand("Have the clock set from the network", [
          "timedatectl set-ntp true",
          "apt-get install chrony",
        ]),
      },
    ];
  },
});

function isSynchronised(probe: Probe): boolean {
  const { status, output } = probe.ask([
    "timedatectl",
    "show",
    "--property=NTPSynchronized",
    "--value",
  ]);
  return status === 0 && output.trim() === "yes";
}
