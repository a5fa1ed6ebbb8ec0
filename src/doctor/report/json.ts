// A diagnosis for programs, as docs/json.md describes it. Members are only ever added.

import { isDown } from "../facts/daemons.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import type { Outcome } from "./report.ts";

/** @param outcomes of the findings, with --fix; otherwise null */
export function reportData(
  { findings, unknown, skipped, checked }: Diagnosis,
  facts: DoctorFacts,
  outcomes: readonly Outcome[] | null,
): { readonly results: readonly object[]; readonly more: object } {
  const { executable, config, caller, daemon } = facts;
  const isAll = skipped.length === 0 && !isDown(facts);
  const count = (severity: CodedFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const shown = outcomes?.map(({ finding: { code, subject }, outcome, reason }) => {
    return { code, subject, outcome, reason };
  });
  const more = {
    ok: count("error") === 0 && count("warning") === 0 && isAll,
    counts: { error: count("error"), warning: count("warning"), info: count("info") },
    version: executable.version,
    user: caller.name,
    config: config.path,
    daemonPid: daemon?.pid ?? null,
    unknown,
    skipped,
    checked: checked.filter(({ area }) => skipped.every((one) => one.area !== area)),
    ...(shown === undefined ? {} : { outcomes: shown }),
  };
  return { results: findings.map(findingJson), more };
}

/** One finding. Its steps are not included, only whether there are any. */
export function findingJson(finding: CodedFinding): object {
  const { code, area, severity, subject, symptom, cause, evidence, place, repair, follows } =
    finding;
  const { class: kind, advice, commands, steps } = repair;
  const fix = { class: kind, advice, commands, automatic: steps.length > 0 };
  return { code, area, severity, subject, symptom, cause, evidence, place, follows, fix };
}
