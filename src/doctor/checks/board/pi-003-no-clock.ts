// PI-003: a board without a battery-backed clock and without a time service.

import type { Probe } from "../../facts/probe.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

const SETTERS = /^(?:systemd-timesyn\w*|chronyd|ntpd|openntpd|ntpd-rs|busybox-ntpd|timesyncd)$/;

export const NO_CLOCK = defineCheck({
  code: "PI-003",
  area: "board",
  title: "no clock synchronization",
  repairs: ["C"],
  page: {
    symptom:
      "After a boot, logs begin with the time of the last shutdown and then jump, certificates are `not yet valid`, and cron jobs run late or twice.",
    cause:
      "The board has no battery-backed clock (`/sys/class/rtc` is empty), and no service sets the time from the network: systemd-timesyncd, chrony and ntpd do not run.",
    repair:
      "Run `timedatectl set-ntp true`, or install chrony. Without a network, add a clock module (`dtoverlay=i2c-rtc,ds3231`). tsv itself is not affected by clock jumps: it measures durations with a clock that does not jump.",
  },
  look({ host }, probe) {
    if (host.board === null || (probe.list("/sys/class/rtc") ?? []).length > 0) return [];
    if (isSynchronised(probe) || probe.processes().some(({ name }) => SETTERS.test(name)))
      return [];
    return [
      {
        severity: "warning",
        subject: "clock",
        symptom: "dates in logs are wrong after a boot, and certificates are not yet valid",
        cause: "The board has no battery-backed clock, and nothing sets the time from the network.",
        evidence: ["/sys/class/rtc is empty", "no time service runs"],
        place: null,
        repair: byHand("Synchronize the clock from the network", [
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
