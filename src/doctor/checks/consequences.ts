// Which findings follow from others: a daemon that is not running follows from the error that prevents its start.

import type { CodedFinding } from "../model.ts";

type Found = Omit<CodedFinding, "follows">;

/** Whether a finding of the code follows from another finding. */
type Rule = (finding: Found, other: Found) => boolean;

const isSameSubject: Rule = (finding, other) => finding.subject === other.subject;

/** Whether a finding is a reason why a daemon does not start. */
const keepsFromStarting: Rule = (_, { code, area, severity, place }) => {
  if (severity !== "error") return false;
  if (area === "logs") return place?.section === "supervisord";
  return area === "config" || START_BLOCKERS.has(code);
};

/** In addition to errors in the configuration and of the activity log. */
const START_BLOCKERS: ReadonlySet<string> = new Set([
  "BOOT-001",
  "BOOT-002",
  "BOOT-003",
  "BOOT-008",
  "BOOT-012",
  "BOOT-013",
  "BOOT-018",
  "SOCK-003",
  "SOCK-007",
  "SOCK-008",
  "SOCK-011",
  "SOCK-012",
]);

/** By code: the findings that explain it. */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>> | Rule>> = {
  "SOCK-001": keepsFromStarting,
  "PROG-009": {
    "PROG-001": isSameSubject,
    "PROG-008": isSameSubject,
    "PROG-012": isSameSubject,
  },
  "PROG-010": {
    "PROG-008": isSameSubject,
    "PROG-009": isSameSubject,
    "PROG-012": isSameSubject,
  },
  "PROG-012": { "PROG-008": isSameSubject },
  // An option that is missing, and one with a similar name.
  "CONF-013": { "CONF-014": isMisspelled },
};

/** Whether the other finding names the option that this one misses. */
function isMisspelled(finding: Found, { place, repair }: Found): boolean {
  const missing = /does not specify an? (\w+)/i.exec(finding.symptom)?.[1];
  const isSamePlace = finding.place?.section === place?.section && place !== null;
  return missing !== undefined && isSamePlace && repair.advice.includes(missing);
}

/** Root causes first, then their consequences; otherwise the order stays. */
export function byCause(findings: readonly Found[]): readonly CodedFinding[] {
  const known = findings.map(
    (finding): CodedFinding => ({
      ...finding,
      follows: Array.from(new Set(causesOf(finding, findings))),
    }),
  );
  return [
    ...known.filter(({ follows }) => follows.length === 0),
    ...known.filter(({ follows }) => follows.length > 0),
  ];
}

/** If two findings explain each other, the first one is the cause. */
function causesOf(finding: Found, all: readonly Found[]): readonly string[] {
  const rule = RULES[finding.code];
  if (rule === undefined || finding.severity === "info") return [];
  return all.flatMap((other) => {
    if (other === finding || other.severity === "info") return [];
    const isCause = typeof rule === "function" ? rule : rule[other.code];
    return isCause?.(finding, other) === true ? [other.code] : [];
  });
}
