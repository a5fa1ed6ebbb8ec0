// `--fix`: makes the allowed repairs, examines the host again after each round, and reports the outcome of every finding.

import { printable } from "../../core/base/printable.ts";
import { ok, type Result } from "../../core/base/result.ts";
import { ownHome } from "../../host/system/identity.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import { createInstallHost } from "../../install/host/install-host.ts";
import { withInterruption } from "../../install/host/processes.ts";
import type { Step } from "../../install/plan/steps.ts";
import { runTransaction } from "../../install/transaction.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { ListedCheck } from "../checks/check.ts";
import { type Examined, examineHost } from "../checks/examine.ts";
import { createProbe } from "../host/probe.ts";
import { createRepairRecords, type RepairRecords } from "../host/repair-records.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { Attempts, isSame } from "../repairs/attempts.ts";
import type { Look } from "../report/lines.ts";
import { editsText, findingText, type Outcome } from "../report/report.ts";
import { gather } from "./compose.ts";

/** Each file is edited at most once per round, and each repair tried once: only endless new findings reach this limit. */
const MOST_ROUNDS = 200;

/** A run of repairs, whose records are locked. */
interface RepairRun {
  readonly records: RepairRecords;
  /** Its name in the records. */
  readonly run: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly interruption: AbortSignal;
}

/** Repairs while no other doctor does. @returns the error if the records cannot be written */
export async function withRepairRun<T>(
  repair: (run: RepairRun) => Promise<T>,
): Promise<Result<T, string>> {
  const records = ownRecords();
  const run = records.begin();
  if (!run.ok) return run;
  try {
    return ok(
      await withInterruption((interruption) => repair({ records, run: run.value, interruption })),
    );
  } finally {
    records.end();
  }
}

/** Below the state directory, or in the home directory if doctor does not run as root. */
export function ownRecords(): RepairRecords {
  const isRoot = process.geteuid?.() === 0;
  return createRepairRecords(
    isRoot ? "/var/lib/tsv/doctor" : `${ownHome()}/.local/state/tsv/doctor`,
  );
}

interface Fixing extends RepairRun {
  readonly checks: readonly ListedCheck[];
  readonly config: string | null;
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly look: Look;
  /** Prints progress. */
  readonly print: (text: string) => void;
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
    seen = await examine(fixing.checks, fixing.config);
  }
  return { ...seen, ...attempts.resultOf(met, seen.diagnosis) };
}

export interface Fixed extends Examined {
  readonly outcomes: readonly Outcome[];
}

/** Examines the host. */
export async function examine(
  checks: readonly ListedCheck[],
  config: string | null,
): Promise<Examined> {
  const facts = await gather(config, createProbe());
  return { facts, diagnosis: examineHost(checks, facts) };
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
  const { terminal, yes, look, print } = fixing;
  if (finding.repair.class === "A") return true;
  if (finding.repair.class === "C") return false;
  if (yes) return true;
  if (!canAsk(terminal)) return false;
  print(`${findingText(finding, look, true)}\n${editsText(finding, look)}`);
  return await isConfirmed(terminal, printable(finding.repair.advice));
}

/** Executes all steps of a repair or none. @returns the error, or null */
export async function repairOne(
  { code, subject, repair }: Pick<CodedFinding, "code" | "subject" | "repair">,
  { records, run, interruption, print }: RepairRun & Pick<Fixing, "print">,
  number: number,
): Promise<string | null> {
  const { advice } = repair;
  const about = { code, subject, advice, whenMs: Date.now() };
  const journal = records.journal(run, number, about);
  const begun = journal.begin();
  if (!begun.ok) {
    print(`${printable(`${code} ${subject}: ${begun.error}`)}\n`);
    return begun.error;
  }
  const host = createInstallHost({ root: "/", journal, showOutput: [] });
  const report = { began: () => {}, did: () => {}, skipped: () => {}, undid: () => {} };
  const context = { host, journal, report, interruption };
  const outcome = await runTransaction(repair.steps, context);
  if (outcome.ok) {
    print(`${printable(`${code} ${subject}: ${advice}`)}: done\n`);
    return null;
  }
  const { reason, leftovers } = outcome.error;
  const left = leftovers.length === 0 ? "" : `; not rolled back: ${leftovers[0]?.reason ?? ""}`;
  const why = `${reason}${left}`.replace(/\s*\n\s*/g, " ");
  print(`${printable(`${code} ${subject}: ${advice}: failed: ${why}`)}\n`);
  return reason;
}
