// A diagnosis for programs: one document. Fields are only ever added.

import { jsonText } from "../../core/base/json-text.ts";
import type { Situation } from "../facts/situation.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import type { Outcome } from "./report.ts";

/**
 * @param outcomes what became of findings, when something was to be fixed
 * @param reasons why repairs failed
 */
export function reportJson(
  { findings, unseen, skipped, checked }: Diagnosis,
  { executable, config, caller, daemon }: Situation,
  outcomes: ReadonlyMap<CodedFinding, Outcome> | null,
  reasons: ReadonlyMap<CodedFinding, string> = new Map(),
): string {
  const count = (severity: CodedFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const document = {
    ok: count("error") === 0 && count("warning") === 0,
    version: executable.version,
    user: caller.name,
    config: config.path,
    daemonPid: daemon?.pid ?? null,
    errors: count("error"),
    warnings: count("warning"),
    remarks: count("info"),
    findings: findings.map(findingJson),
    unseen,
    skipped,
    checked,
    ...(outcomes === null
      ? {}
      : {
          outcomes: Array.from(outcomes, ([finding, outcome]) => ({
            code: finding.code,
            subject: finding.subject,
            outcome,
            reason: reasons.get(finding) ?? null,
          })),
        }),
  };
  return `${jsonText(document, 2)}\n`;
}

/** One finding. Of its steps it only says whether there are any. */
export function findingJson(finding: CodedFinding): object {
  const { code, area, severity, subject, symptom, cause, evidence, place, repair, follows } =
    finding;
  const { class: kind, advice, commands, steps } = repair;
  const fix = { class: kind, advice, commands, automatic: steps.length > 0 };
  return { code, area, severity, subject, symptom, cause, evidence, place, follows, fix };
}
