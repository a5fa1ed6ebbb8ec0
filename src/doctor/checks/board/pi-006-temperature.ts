// PI-006: the board is hot.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** The temperature at which a Raspberry Pi begins to throttle. */
const HOT = 80;

export const TEMPERATURE = defineCheck({
  code: "PI-006",
  area: "board",
  title: "the board is hot",
  repairs: ["C"],
  page: {
    symptom: "Programs are slower than usual, especially on warm days and under load.",
    cause:
      "The processor is at 80 °C or more. From there a Raspberry Pi throttles itself in steps, down to half its clock rate or less at 85 °C.",
    repair:
      "Add a heat sink, a fan or a ventilated case. `vcgencmd measure_temp` or `/sys/class/thermal` shows whether that helps.",
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
        cause: "The processor is so hot that it throttles itself.",
        evidence: [`${hottest.toFixed(1)} °C`],
        place: null,
        repair: byHand("Add a heat sink, a fan or a ventilated case", [
          "cat /sys/class/thermal/thermal_zone*/temp",
        ]),
      },
    ];
  },
});
