// The last lines of a report: the number of findings and the next step.

import type { CodedFinding, Diagnosis } from "../model.ts";
import type { Examination } from "./examination.ts";

/** The command line for the next call of doctor. */
export interface Again {
  /** Whether sudo is needed, because root can see and do more. */
  readonly needsSudo: boolean;
  /** The arguments of this call: `--config /etc/x.conf socket`; may be empty. */
  readonly words: string;
  /** Those of them that name the configuration: `--config /etc/x.conf`; may be empty. */
  readonly config: string;
  /** The option that makes repairs: `--fix`; null if it was just used. */
  readonly fix: string | null;
}

/** The last lines: the number of findings and the next step. @param examination null if only the findings count */
export function verdict(
  diagnosis: Diagnosis,
  again: Again,
  examination: Pick<Examination, "isDown">,
): string {
  const { findings, unknown } = diagnosis;
  const bad = findings.filter(({ severity }) => severity !== "info");
  const more = unknown.length === 0 ? "" : "; some things could not be checked";
  if (bad.length === 0) return nothingFound(diagnosis, again, examination);
  const isFixable = bad.some(({ repair }) => repair.steps.length > 0);
  // Root causes come first.
  const worst = bad.find(({ severity }) => severity === "error") ?? bad[0];
  const next =
    isFixable && again.fix !== null
      ? commandLine(again, again.fix)
      : `tsv doctor --explain ${worst?.code ?? ""}, or see "fix" above`;
  return `${countText(bad)}${more}.\nNext: ${next}\n`;
}

/** The verdict without findings; it claims no more than what was examined. */
function nothingFound(
  { unknown, skipped, checked }: Diagnosis,
  again: Again,
  { isDown }: Pick<Examination, "isDown">,
): string {
  const sudo = again.needsSudo ? `\nNext: ${commandLine(again, "")}` : "";
  if (skipped.length > 0) {
    const names = skipped.map(({ area }) => area).join(", ");
    const isAll = checked.every(({ area }) => skipped.some((one) => one.area === area));
    const what = isAll ? "Nothing could be checked" : "No problems found in the other areas";
    return `${what}: ${names} skipped, because ${skipped[0]?.why ?? ""}.${sudo || `\nNext: ${inOtherAreas(again)}`}\n`;
  }
  const more = unknown.length === 0 ? "" : "; some things could not be checked";
  const next = more === "" ? "" : sudo;
  return isDown
    ? `No problems found${more}, but no daemon runs with this configuration.${next || `\nNext: ${inOtherAreas(again, "socket")}`}\n`
    : `No problems found${more}.${next}\n`;
}

/** All areas, or the one that explains more. */
function inOtherAreas({ config }: Again, area = ""): string {
  return ["tsv doctor", config, area].filter((one) => one !== "").join(" ");
}

function commandLine({ needsSudo, words }: Again, fix: string): string {
  return [needsSudo ? "sudo" : "", "tsv doctor", words, fix].filter((one) => one !== "").join(" ");
}

/** "1 error, 2 warnings". */
export function countText(findings: readonly CodedFinding[]): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    const word = severity === "info" ? "note" : severity;
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`];
  });
  return counts.join(", ");
}
