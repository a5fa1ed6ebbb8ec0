// PROG-026: a program may use more memory than the host has.

import { memoryText } from "../../../core/config/health-values.ts";
import { supervisedPrograms } from "../../facts/supervised.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const MAX_MEMORY = defineCheck({
  code: "PROG-026",
  area: "programs",
  title: "max_memory above the host's memory",
  repairs: ["C"],
  page: {
    symptom:
      "A program that leaks is killed by the kernel (signal 9), and never restarted by `max_memory=`.",
    cause: "`max_memory=` is more than the memory of the host, so that the kernel is always first.",
    repair: "Set `max_memory=` to what the program may use beside the others.",
  },
  look(situation, probe) {
    const kilobytes = /^MemTotal:\s+(\d+) kB/m.exec(probe.readText("/proc/meminfo") ?? "")?.[1];
    if (kilobytes === undefined) return [];
    const total = Number(kilobytes) * 1024;
    return supervisedPrograms(situation, probe).flatMap((program) => {
      const { maxMemory } = program.config;
      if (maxMemory === null || maxMemory <= total) return [];
      return programFinding(program, {
        severity: "warning",
        symptom: `max_memory=${memoryText(maxMemory)} has no effect`,
        cause: "The limit is above the memory of the host.",
        evidence: [`the host has ${memoryText(total)}`],
        place: placeIn(situation, program, "max_memory"),
        repair: byHand("Lower max_memory="),
      });
    });
  },
});
