// PI-005: little memory and no swap.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

const SMALL_KB = 1_100_000;

export const LITTLE_MEMORY = defineCheck({
  code: "PI-005",
  area: "board",
  title: "little memory and no swap",
  repairs: ["C"],
  page: {
    symptom:
      "Programs are killed by signal 9 for no visible reason, the kernel log contains `Out of memory: Killed process`, or the board does not respond for minutes.",
    cause:
      "The host has at most one gigabyte of memory and no swap. When programs together need more, the kernel has to kill one of them. tsv restarts it, and the kernel kills the next one.",
    repair:
      "Compress memory instead of swapping to the card: `apt-get install zram-tools`. Or run fewer programs at a time. With systemd, limit other services with `MemoryMax=`.",
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
          ? "the kernel may kill programs at any time because memory is short"
          : "little memory",
        cause: "The host has little memory and no swap.",
        evidence: [`${megabytes(free)} of ${megabytes(total)} MB available, no swap`],
        place: null,
        repair: byHand("Enable compressed memory (zram)", ["apt-get install zram-tools"]),
      },
    ];
  },
});

function megabytes(kilobytes: number): number {
  return Math.round(kilobytes / 1024);
}
