// PROG-018: priorities that look as if one program waits for another.

import { readConfig } from "../../facts/daemon-account.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PRIORITY = defineCheck({
  code: "PROG-018",
  area: "programs",
  title: "priority does not wait",
  repairs: ["C"],
  page: {
    symptom:
      "Programs have different `priority=` values, but the later one still fails at start because the earlier one is not ready.",
    cause:
      "`priority` determines the order in which programs are started, and the reverse order in which they are stopped. The next program is started at once, without waiting until the previous one is RUNNING or has opened its port. Supervisor behaves in the same way, so doctor shows this only with --verbose.",
    repair:
      "Write `depends_on=` in the later program: it is then started when the other one runs. See docs/dependencies.md.",
  },
  look(situation) {
    const config = readConfig(situation);
    if (config === null) return [];
    const chosen = new Map<number, string>();
    for (const { processes } of config.groups) {
      for (const { priority, autostart, origin, dependsOn } of processes) {
        const isSet = situation.config.raw?.sections.get(origin.section)?.options.has("priority");
        const isOpen = autostart && dependsOn.length === 0;
        if (isOpen && isSet === true && !chosen.has(priority)) chosen.set(priority, origin.section);
      }
    }
    if (chosen.size < 2) return [];
    const sections = [...chosen].sort(([a], [b]) => a - b);
    const [, last = ""] = sections.at(-1) ?? [];
    const finding: Finding = {
      severity: "info",
      subject: "priority",
      symptom: "a program is started before the one with the lower priority is ready",
      cause: "priority= only orders starts and stops; it does not wait.",
      evidence: sections.slice(0, 5).map(([value, section]) => `[${section}] priority=${value}`),
      place: optionPlace(situation.config, last, "priority"),
      repair: byHand("Write depends_on= in the later program"),
    };
    return [finding];
  },
});
