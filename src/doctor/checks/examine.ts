// Runs checks and collects their findings.

import { thrownMessage } from "../../core/base/result.ts";
import { isConfigHidden } from "../facts/config-facts.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { distrustOf, withheld } from "../repairs/withheld.ts";
import type { ListedCheck } from "./check.ts";
import { byCause } from "./consequences.ts";

/** Runs every check. If one throws, its result is reported as unknown, and the others run. */
export function examineHost(checks: readonly ListedCheck[], facts: DoctorFacts): Diagnosis {
  const findings: Omit<CodedFinding, "follows">[] = [];
  const unknown: { code: string; area: ListedCheck["area"]; what: string }[] = [];
  const skipped = skippedAreas(checks, facts);
  const distrust = distrustOf(facts);
  for (const check of checks) {
    const { code, area } = check;
    try {
      for (const said of check.look(facts)) {
        if ("unknown" in said) unknown.push({ code, area, what: said.unknown });
        else
          findings.push({
            ...said,
            repair: withheld(said.repair, distrust, facts),
            code,
            area,
          });
      }
    } catch (error) {
      unknown.push({ code, area, what: `this check itself failed: ${thrownMessage(error)}` });
    }
  }
  return {
    findings: byCause(findings),
    unknown,
    skipped,
    checked: checks.map(({ code, area }) => ({ code, area })),
  };
}

/** The areas that depend on the configuration, if it cannot be read as a whole. */
function skippedAreas(checks: readonly ListedCheck[], facts: DoctorFacts): Diagnosis["skipped"] {
  if (facts.config.daemon?.ok !== false) return [];
  const isHidden = isConfigHidden(facts);
  const why = isHidden
    ? "the configuration cannot be read by this user"
    : "the configuration has errors";
  const areas = [
    "socket",
    ...(isHidden ? (["config"] as const) : []),
    ...(["programs", "logs", "security"] as const),
  ] as const;
  return areas.flatMap((area) =>
    checks.some((check) => check.area === area) ? [{ area, why }] : [],
  );
}
