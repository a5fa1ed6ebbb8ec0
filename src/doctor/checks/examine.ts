// Runs checks, collects their findings, and says which of them follow from others: a daemon that is not running follows from the
// error that prevents its start.

import { thrownMessage } from "../../core/base/result.ts";
import { isBelow } from "../../install/plan/layout.ts";
import { isConfigHidden } from "../facts/config-facts.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { distrustOf, withheld } from "../repairs/withheld.ts";
import type { ListedCheck } from "./check.ts";

/** What was found out about a host, and the results of the checks. */
export interface Examined {
  readonly facts: DoctorFacts;
  readonly diagnosis: Diagnosis;
}

/** Runs every check. If one throws, its result is reported as unknown, and the others run. */
export function examineHost(checks: readonly ListedCheck[], facts: DoctorFacts): Diagnosis {
  const findings: Omit<CodedFinding, "follows">[] = [];
  const unknown: { code: string; area: ListedCheck["area"]; what: string }[] = [];
  const distrust = distrustOf(facts);
  for (const check of checks) {
    const { code, area } = check;
    try {
      for (const said of check.look(facts)) {
        if ("unknown" in said) unknown.push({ code, area, what: said.unknown });
        else findings.push({ ...said, code, area, repair: withheld(said.repair, distrust, facts) });
      }
    } catch (error) {
      unknown.push({ code, area, what: `this check itself failed: ${thrownMessage(error)}` });
    }
  }
  return {
    findings: byCause(findings),
    unknown,
    skipped: skippedAreas(checks, facts, findings),
    checked: checks.map(({ code, area }) => ({ code, area })),
  };
}

/**
 * The areas that depend on the configuration, if it cannot be read as a whole. Its own area is not clean either: checks of other
 * areas report some of its errors.
 */
function skippedAreas(
  checks: readonly ListedCheck[],
  facts: DoctorFacts,
  findings: readonly Found[],
): Diagnosis["skipped"] {
  if (facts.config.daemon?.ok !== false) return [];
  const isHidden = isConfigHidden(facts);
  const errors = findings.filter(({ severity, place }) => severity === "error" && place !== null);
  const codes = Array.from(new Set(errors.map(({ code }) => code)));
  const named = codes.length === 0 ? "tsv check" : codes.join(", ");
  const why = isHidden
    ? "the configuration cannot be read by this user"
    : `the configuration has errors: ${named}`;
  const isNamed = !isHidden && errors.some(({ area }) => area === "config");
  const own = isNamed ? [] : (["config"] as const);
  const areas = ["socket", ...own, "programs", "logs", "security"] as const;
  return areas.flatMap((area) =>
    checks.some((check) => check.area === area) ? [{ area, why }] : [],
  );
}

type Found = Omit<CodedFinding, "follows">;

/** In addition to errors in the configuration and of the activity log. */
const START_BLOCKERS: ReadonlySet<string> = new Set([
  ...["BOOT-001", "BOOT-002", "BOOT-003", "BOOT-008", "BOOT-012", "BOOT-018"],
  ...["SOCK-003", "SOCK-007", "SOCK-008", "SOCK-011", "SOCK-012"],
]);

/** By code: the findings about the same program that explain it. */
const EXPLANATIONS: Readonly<Record<string, readonly string[]>> = {
  "PROG-009": ["PROG-001", "PROG-008", "PROG-012"],
  "PROG-010": ["PROG-008", "PROG-009", "PROG-012"],
  "PROG-012": ["PROG-008"],
};

/** Whether a finding follows from another one. */
function follows(finding: Found, other: Found): boolean {
  if (finding.code === "SOCK-001") return keepsFromStarting(other);
  // An option that is missing, and one with a similar name.
  if (finding.code === "CONF-013") return other.code === "CONF-014" && isMisspelled(finding, other);
  // A log that cannot be written, and a directory, file system or file that another check names.
  if (finding.code === "LOG-013") {
    return other.area === "logs" && isBelow(finding.subject, [other.subject]);
  }
  const causes = EXPLANATIONS[finding.code] ?? [];
  return finding.subject === other.subject && causes.includes(other.code);
}

/** Whether a finding is a reason why a daemon does not start. */
function keepsFromStarting({ code, area, severity, place }: Found): boolean {
  if (severity !== "error") return false;
  if (area === "logs") return place?.section === "supervisord";
  return area === "config" || START_BLOCKERS.has(code);
}

/** Whether the other finding names the option that this one misses. */
function isMisspelled(finding: Found, { place, repair }: Found): boolean {
  const missing = /does not specify an? (\w+)/i.exec(finding.symptom)?.[1];
  const isSamePlace = finding.place?.section === place?.section && place !== null;
  return missing !== undefined && isSamePlace && repair.advice.includes(missing);
}

/** Root causes first, then their consequences; otherwise the order stays. */
export function byCause(findings: readonly Found[]): readonly CodedFinding[] {
  const known = findings.map(
    (finding): CodedFinding => ({ ...finding, follows: causesOf(finding, findings) }),
  );
  const isRoot = (one: CodedFinding): boolean => one.follows.length === 0;
  return [...known.filter(isRoot), ...known.filter((one) => !isRoot(one))];
}

function causesOf(finding: Found, all: readonly Found[]): readonly string[] {
  if (finding.severity === "info") return [];
  const causes = all.filter(
    (other) => other !== finding && other.severity !== "info" && follows(finding, other),
  );
  return Array.from(new Set(causes.map(({ code }) => code)));
}
