// The findings of tsv doctor as data for their page.

/** A finding, as docs/json.md describes those of `tsv doctor --json`. */
export interface Finding {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  /** The path, program or server that it is about. */
  readonly subject: string;
  readonly symptom: string;
  readonly cause: string;
  readonly evidence: readonly string[];
  /** Of the configuration; empty for no file. */
  readonly file: string;
  /** From 1 on; 0 for no line. */
  readonly line: number;
  readonly advice: string;
  readonly commands: readonly string[];
  /** `tsv doctor --fix` fixes it. */
  readonly isAutomatic: boolean;
}

/** Words, and the classes of states that look like them. */
const SEVERITIES = {
  error: { word: "error", severityClass: "statuserror", shape: "fatal" },
  warning: { word: "warning", severityClass: "unstable", shape: "backoff" },
  info: { word: "note", severityClass: "statusnominal", shape: "stopped" },
} as const;

/** @param isProgram whether a subject is a program that has a page */
export function findingViews(
  findings: readonly Finding[],
  isProgram: (subject: string) => boolean,
) {
  return findings.map((finding) => {
    const { subject, file, line, advice, commands, evidence } = finding;
    return {
      ...{ code: finding.code, subject, symptom: finding.symptom, cause: finding.cause },
      ...SEVERITIES[finding.severity],
      program: isProgram(subject) ? encodeURIComponent(subject) : "",
      evidence,
      hasEvidence: evidence.length > 0,
      place: line === 0 ? file : `${file}, line ${line}`,
      advice,
      hasCommands: commands.length > 0,
      commands: commands.join("\n"),
      isAutomatic: finding.isAutomatic,
    };
  });
}

/** `2 errors, 1 warning`; `No problems found` for none. */
export function findingsText(findings: readonly Pick<Finding, "severity">[]): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    const { word } = SEVERITIES[severity];
    return count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "No problems found" : counts.join(", ");
}
