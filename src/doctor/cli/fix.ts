// `--fix`: makes the allowed repairs, examines the host again after each round, and reports the outcome of every finding.

import { printable } from "../../core/base/printable.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import { createInstallHost } from "../../install/host/install-host.ts";
import type { Step } from "../../install/plan/steps.ts";
import { runTransaction } from "../../install/transaction.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { Check } from "../checks/check.ts";
import { examineHost } from "../checks/examine.ts";
import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import { createProbe } from "../host/probe.ts";
import type { createRepairRecords } from "../host/repair-records.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { Attempts, isSame } from "../repairs/attempts.ts";
import type { Look } from "../report/lines.ts";
import { editsText, findingText, type Outcome } from "../report/report.ts";
import { gather } from "./compose.ts";

/** Each file is edited at most once per round, and each repair tried once: only endless new findings reach this limit. */
const MOST_ROUNDS = 200;

interface Fixing {
  readonly checks: readonly Check[];
  readonly config: string | null;
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly look: Look;
  /** Prints progress: on standard error if the output is JSON. */
  readonly tell: (text: string) => void;
  readonly records: ReturnType<typeof createRepairRecords>;
  /** Name of this run in the records. */
  readonly run: string;
  readonly interruption: AbortSignal;
}

/** Repairs until no allowed repair is left. */
export async function fixFindings(fixing: Fixing, first: Examined): Promise<Fixed> {
  const attempts = new Attempts();
  const met: CodedFinding[] = [];
  let seen = first;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const finding of seen.diagnosis.findings) {
      if (!met.some((one) => isSame(one, finding))) met.push(finding);
    }
    const isDone = !(await repairRound(seen.diagnosis, fixing, attempts));
    if (isDone || fixing.interruption.aborted) break;
    seen = await examine(fixing.checks, fixing.config, attempts.done);
  }
  const result = attempts.resultOf(met, seen.diagnosis);
  return { ...seen, ...result };
}

export interface Examined {
  /** The probe of this examination. */
  readonly probe: Probe;
  readonly situation: Situation;
  readonly diagnosis: Diagnosis;
}

export interface Fixed extends Examined {
  readonly outcomes: ReadonlyMap<CodedFinding, Outcome>;
  /** Why repairs failed. */
  readonly reasons: ReadonlyMap<CodedFinding, string>;
}

/** Examines the host. @param repaired how many repairs this run has made before */
export async function examine(
  checks: readonly Check[],
  config: string | null,
  repaired = 0,
): Promise<Examined> {
  const probe = createProbe();
  const situation = { ...(await gather(config, probe)), repaired };
  return { probe, situation, diagnosis: examineHost(checks, situation, probe) };
}

/** @returns whether any repair succeeded, so that another examination may find more */
async function repairRound(
  diagnosis: Diagnosis,
  fixing: Fixing,
  attempts: Attempts,
): Promise<boolean> {
  const touched = new Set<string>();
  const done = new Set<string>();
  for (const finding of diagnosis.findings) {
    const { repair, severity, follows } = finding;
    if (repair.steps.length === 0 || severity === "info" || !attempts.isWorthIt(finding)) continue;
    const paths = repair.steps.flatMap(({ step }) => objectOf(step));
    // What a repair of this round has changed is examined again before another repair changes it.
    if (paths.some((path) => touched.has(path)) || follows.some((code) => done.has(code))) continue;
    if (fixing.interruption.aborted) break;
    if (!(await mayRepair(finding, fixing))) {
      attempts.declined(finding);
      continue;
    }
    const problem = await repairOne(finding, fixing, attempts.next());
    attempts.tried(finding, problem);
    if (problem !== null) continue;
    done.add(finding.code);
    for (const path of paths) touched.add(path);
  }
  return done.size > 0;
}

/** The path that a step changes, or its command: two repairs may need the same one. */
function objectOf(step: Step): readonly string[] {
  if ("path" in step) return [step.path];
  return step.kind === "command" ? [step.argv.join(" ")] : [];
}

/** Class A without a question, class B after confirmation. */
async function mayRepair(finding: CodedFinding, fixing: Fixing): Promise<boolean> {
  const { terminal, yes, look, tell } = fixing;
  if (finding.repair.class === "A") return true;
  if (finding.repair.class === "C") return false;
  if (yes) return true;
  if (!canAsk(terminal)) return false;
  tell(`${findingText(finding, look, true)}\n${editsText(finding, look)}`);
  return await isConfirmed(terminal, printable(finding.repair.advice));
}

/** Executes all steps of a repair or none. @returns the error, or null */
export async function repairOne(
  finding: Pick<CodedFinding, "code" | "subject" | "repair">,
  { records, run, interruption, tell }: Pick<Fixing, "records" | "run" | "interruption" | "tell">,
  number: number,
): Promise<string | null> {
  const { code, subject, repair } = finding;
  const about = { code, subject, advice: repair.advice, whenMs: Date.now() };
  const journal = records.journal(run, number, about);
  const begun = journal.begin();
  if (!begun.ok) {
    tell(`${printable(`${code} ${subject}: ${begun.error}`)}\n`);
    return begun.error;
  }
  const host = createInstallHost({ root: "/", journal, showOutput: [] });
  const silent = { began: () => {}, did: () => {}, skipped: () => {}, undid: () => {} };
  const outcome = await runTransaction(repair.steps, {
    host,
    journal,
    report: silent,
    interruption,
  });
  if (outcome.ok) {
    tell(`${printable(`${code} ${subject}: ${repair.advice}`)}: done\n`);
    return null;
  }
  const { reason, leftovers } = outcome.error;
  const left = leftovers.length === 0 ? "" : `; not rolled back: ${leftovers[0]?.reason ?? ""}`;
  const why = `${reason}${left}`.replace(/\s*\n\s*/g, " ");
  tell(`${printable(`${code} ${subject}: ${repair.advice}: failed: ${why}`)}\n`);
  return reason;
}
