// PI-005: little memory, and no swap to bridge a moment of need.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

const SMALL_KB = 1_100_000;

export const LITTLE_MEMORY = defineCheck({
  code: "PI-005",
  area: "board",
  title: "little memory and no swap",
  page: {
    symptom:
      "Programs end with signal 9 for no reason that they know of, `Out of memory: Killed process` in the kernel's log; or the board does nothing for minutes.",
    cause:
      "The host has at most one gigabyte of memory and no swap: when programs together want more, the kernel has to kill one of them. tsv starts it again, and the next one is killed.",
    repair:
      "Have memory compressed rather than written to the card: `apt-get install zram-tools`. Or start fewer programs at a time. On systemd, `MemoryMax=` of other services keeps them from taking everything.",
  },
  look(_situation, probe) {
    const text = probe.readText("/proc/meminfo");
    const amount = (name: string): number | null => {
      const digits = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text ?? "")?.[1];
      return digits === undefined ? null : Number(digits);
    };
    const total = amount("MemTotal");
    const swap = amount("SwapTotal");
    if (total === null || swap === null || total > SMALL_KB || swap > 0) return [];
    const free = amount("MemAvailable") ?? total;
    const isShort = free < total / 10;
    return [
      {
        severity: isShort ? "warning" : "info",
        subject: "memory",
        symptom: isShort
          ? "programs may be killed for want of memory at any moment"
          : "little memory",
        cause: "There is little memory, and no swap.",
        evidence: [`${megabytes(free)} of ${megabytes(total)} MB available, no swap`],
        place: null,
        repair: byHand("Have memory compressed", ["apt-get install zram-tools"]),
      },
    ];
  },
});

function megabytes(kilobytes: number): number {
  return Math.round(kilobytes / 1024);
}
