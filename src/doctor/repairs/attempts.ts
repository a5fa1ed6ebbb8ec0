// The repairs that one run of --fix has tried, and their results. A failed repair is retried after another one has changed
// the host; a successful repair is never repeated.

import type { CodedFinding, Diagnosis } from "../model.ts";
import type { Outcome } from "../report/report.ts";

interface Attempt {
  readonly outcome: "done" | "failed" | "declined";
  /** Why it failed. */
  readonly reason: string | null;
  /** How many repairs had succeeded before it. */
  readonly after: number;
}

export class Attempts {
  readonly #made = new Map<string, Attempt>();
  #number = 0;
  #done = 0;

  /** The number of the next repair of this run. */
  next(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Whether it was not tried yet, or failed before other repairs succeeded. */
  isWorthIt(finding: CodedFinding): boolean {
    const made = this.#made.get(keyOf(finding));
    return made === undefined || (made.outcome === "failed" && made.after < this.#done);
  }

  declined(finding: CodedFinding): void {
    this.#made.set(keyOf(finding), { outcome: "declined", reason: null, after: this.#done });
  }

  /** @param problem why it failed; null if it succeeded */
  tried(finding: CodedFinding, problem: string | null): void {
    const outcome = problem === null ? "done" : "failed";
    this.#made.set(keyOf(finding), { outcome, reason: problem, after: this.#done });
    if (problem === null) this.#done += 1;
  }

  /**
   * The outcome of every finding, and the last examination without the repairs that have just failed.
   * @param met every finding of all examinations, once
   */
  resultOf(
    met: readonly CodedFinding[],
    last: Diagnosis,
  ): { readonly diagnosis: Diagnosis; readonly outcomes: readonly Outcome[] } {
    const loud = met.filter(({ severity }) => severity !== "info");
    const outcomes = loud.map((finding): Outcome => {
      const left = last.findings.find((one) => isSame(one, finding) && one.severity !== "info");
      const reason = left === undefined ? null : this.#failureOf(left);
      const isDone = this.#isDone(finding) || (left !== undefined && this.#isDone(left));
      const kept = reason !== null ? "failed" : isDone ? "still there" : "not fixed";
      return { finding, outcome: left === undefined ? "fixed" : kept, reason };
    });
    const findings = last.findings.map((finding) => this.#withoutFailed(finding));
    return { diagnosis: { ...last, findings }, outcomes };
  }

  #isDone(finding: CodedFinding): boolean {
    return this.#made.get(keyOf(finding))?.outcome === "done";
  }

  #failureOf(finding: CodedFinding): string | null {
    return this.#made.get(keyOf(finding))?.reason ?? null;
  }

  #withoutFailed(finding: CodedFinding): CodedFinding {
    const reason = this.#failureOf(finding);
    if (reason === null) return finding;
    const { advice, commands } = finding.repair;
    const failure = `--fix tried this, but it failed: ${reason.replace(/\s*\n\s*/g, " ")}`;
    return {
      ...finding,
      evidence: [...finding.evidence, failure],
      repair: { class: "C", advice, commands, steps: [] },
    };
  }
}

/** Whether findings of two examinations are about the same thing. */
export function isSame(left: CodedFinding, right: CodedFinding): boolean {
  return left.code === right.code && left.subject === right.subject;
}

/** Identifies a repair: the same finding may have another repair later. */
function keyOf({ code, subject, repair }: CodedFinding): string {
  return `${code} ${subject} ${repair.advice}`;
}
