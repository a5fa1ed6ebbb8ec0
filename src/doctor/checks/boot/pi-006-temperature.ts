// PI-006: the board is hot.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** Where a Raspberry Pi begins to slow down. */
const HOT = 80;

export const TEMPERATURE = defineCheck({
  code: "PI-006",
  area: "board",
  title: "the board is hot",
  page: {
    symptom: "Programs are slower than usual, and slowest on warm days and under load.",
    cause:
      "The processor has 80 °C or more. A Raspberry Pi slows down from there, in steps, and stops being faster than at half its clock at 85 °C.",
    repair:
      "Give the board a heat sink, a fan or a housing with openings. `vcgencmd measure_temp` or `/sys/class/thermal` shows whether that helps.",
  },
  look({ host }, probe) {
    if (host.board === null) return [];
    const zones = (probe.list("/sys/class/thermal") ?? []).filter((name) =>
      /^thermal_zone\d+$/.test(name),
    );
    const degrees = zones.map((name) => {
      const text = probe.readText(`/sys/class/thermal/${name}/temp`)?.trim() ?? "";
      return /^\d{4,6}$/.test(text) ? Number(text) / 1000 : 0;
    });
    const hottest = Math.max(0, ...degrees);
    if (hottest < HOT) return [];
    return [
      {
        severity: "warning",
        subject: "temperature",
        symptom: "programs are slower than usual",
        cause: "The processor is so hot that it slows down.",
        evidence: [`${hottest.toFixed(1)} °C`],
        place: null,
        repair: byHand("Give the board a heat sink, a fan or air", [
          "cat /sys/class/thermal/thermal_zone*/temp",
        ]),
      },
    ];
  },
});
