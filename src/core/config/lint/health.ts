// Options of health that have no effect, because the option that they are about is missing.

import type { ConfigWarning } from "../model.ts";
import type { RawSection } from "../raw.ts";
import { warnAt } from "./place.ts";

/** Options, and the one that they belong to. */
const BELONGS: Readonly<Record<string, string>> = {
  health_interval: "health_check",
  health_timeout: "health_check",
  health_retries: "health_check",
  health_start_period: "health_check",
  health_action: "health_check",
  max_age_jitter: "max_age",
};

/** Remarks on one section of a program. */
export function lintHealth(section: RawSection): readonly ConfigWarning[] {
  return Object.entries(BELONGS).flatMap(([key, needed]) => {
    const option = section.options.get(key);
    if (option === undefined || section.options.has(needed)) return [];
    const message = `${key} has no effect without ${needed}`;
    const suggestion = `add ${needed}=, or remove ${key}`;
    return [warnAt(section, option, { rule: "combination", message, suggestion })];
  });
}
