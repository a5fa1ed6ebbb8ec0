// PROG-018: priorities that look as if one program waited for another.

import { readConfig } from "../../facts/daemon-account.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PRIORITY = defineCheck({
  code: "PROG-018",
  area: "programs",
  title: "priority does not wait",
  page: {
    symptom:
      "Programs have different `priority=` values, and the later one still fails at the start because the earlier one is not ready.",
    cause:
      "`priority` says in which order programs are told to start, and in the reverse order to stop. The next one is started at once: nothing waits until the one before is RUNNING, or has opened its port. That is Supervisor's behaviour too, so this is told only with --verbose.",
    repair:
      "Let the later program wait for what it needs, or try again: raise its `startretries=`, whose pauses grow from one second on.",
  },
  look(situation) {
    const config = readConfig(situation);
    if (config === null) return [];
    const chosen = new Map<number, string>();
    for (const { processes } of config.groups) {
      for (const { priority, autostart, origin } of processes) {
        const isSet = situation.config.raw?.sections.get(origin.section)?.options.has("priority");
        if (autostart && isSet === true && !chosen.has(priority))
          chosen.set(priority, origin.section);
      }
    }
    if (chosen.size < 2) return [];
    const sections = [...chosen].sort(([a], [b]) => a - b);
    const [, last = ""] = sections.at(-1) ?? [];
    const finding: Finding = {
      severity: "info",
      subject: "priority",
      symptom: "a program is started before the one with the lower priority is up",
      cause: "priority= orders starts and stops, and waits for nothing.",
      evidence: sections.slice(0, 5).map(([value, section]) => `[${section}] priority=${value}`),
      place: optionPlace(situation.config, last, "priority"),
      repair: byHand("Let the later program wait for what it needs, or raise its startretries="),
    };
    return [finding];
  },
});
