// Tables of rows: what a check finds on a host in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import type { Check } from "../../../../src/doctor/checks/check.ts";
import type { Finding, RepairClass, Severity, Unknown } from "../../../../src/doctor/model.ts";
import type { Step } from "../../../../src/install/plan/steps.ts";
import type { FactsParts } from "../../../fakes/doctor-facts.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { performStep } from "../../../fakes/doctor-repairs.ts";

/** A host, and what else was found out; a usual host without a daemon if nothing is said. */
export interface Facts extends FactsParts {
  readonly on?: DoctorHost;
  /** /etc/tsv/tsv.conf; null: as it is on the host. */
  readonly text?: string | null;
}

/** The fields that matter. A list has to be equal, a pattern is for all its lines. */
interface ExpectedFinding {
  readonly severity?: Severity;
  readonly subject?: string | RegExp;
  readonly symptom?: string | RegExp;
  readonly cause?: string | RegExp;
  readonly evidence?: readonly string[] | RegExp;
  /** The line of its place in the configuration. */
  readonly line?: number;
  readonly section?: string;
  readonly key?: string;
  readonly class?: RepairClass;
  readonly advice?: string | RegExp;
  readonly commands?: readonly string[] | RegExp;
  /** As `stepLine` writes them. */
  readonly steps?: readonly string[] | RegExp;
  /** Texts of the files that the steps write, by path. */
  readonly writes?: Readonly<Record<string, RegExp>>;
  /** After its steps the check finds nothing, or this. */
  readonly fixed?: true | ExpectedFinding;
  /** What must not be in it: a secret. */
  readonly hides?: RegExp;
}

/** null: nothing is found. */
export type Expected = null | ExpectedFinding | Unknown | readonly (ExpectedFinding | Unknown)[];

export type Row = readonly [name: string, facts: Facts, expected: Expected];

/** A test for each row. */
export function rows(code: string, table: readonly Row[]): void {
  for (const [name, facts, expected] of table) {
    test(`${code}: ${name}`, () => assertFound(checkOf(code), facts, expected));
  }
}

export function checkOf(code: string): Check {
  const found = CATALOGUE.find((check) => check.code === code);
  assert.ok(found !== undefined, `no check ${code}`);
  return found;
}

/** What a check finds. */
export function found(check: Check, facts: Facts): readonly (Finding | Unknown)[] {
  const { on = new DoctorHost(), text = null, ...parts } = facts;
  return check.look(on.facts(text, parts));
}

function assertFound(check: Check, facts: Facts, expected: Expected): void {
  const on = facts.on ?? new DoctorHost();
  const all = found(check, { ...facts, on });
  const wanted = expected === null ? [] : [expected].flat();
  assert.equal(all.length, wanted.length, JSON.stringify(all, null, 1));
  for (const [index, one] of wanted.entries()) {
    const actual = all[index];
    assert.ok(actual !== undefined);
    if ("unknown" in one || "unknown" in actual) assert.deepEqual(actual, one);
    else assertFinding(actual, one, check, { ...facts, on });
  }
}

function assertFinding(actual: Finding, wanted: ExpectedFinding, check: Check, facts: Facts): void {
  const { severity, subject, symptom, cause, evidence, writes, fixed, hides } = wanted;
  const { repair } = actual;
  same(actual.severity, severity);
  same(actual.subject, subject);
  same(actual.symptom, symptom);
  same(actual.cause, cause);
  same(actual.evidence, evidence);
  same(actual.place?.line, wanted.line);
  same(actual.place?.section, wanted.section);
  same(actual.place?.key, wanted.key);
  same(repair.class, wanted.class);
  same(repair.advice, wanted.advice);
  same(repair.commands, wanted.commands);
  const steps = repair.steps.map(({ step }) => step);
  same(steps.map(stepLine), wanted.steps);
  for (const [path, pattern] of Object.entries(writes ?? {})) {
    const file = steps.find((step) => step.kind === "file" && step.path === path);
    assert.ok(file?.kind === "file", `no step writes ${path}: ${steps.map(stepLine).join(", ")}`);
    assert.match(file.text, pattern);
  }
  if (hides !== undefined) assert.doesNotMatch(JSON.stringify(actual), hides);
  if (fixed === undefined) return;
  const { on = new DoctorHost() } = facts;
  assert.notEqual(steps.length, 0, "there is nothing to do");
  for (const step of steps) performStep(on, step);
  assertFound(check, { ...facts, text: null }, fixed === true ? null : fixed);
}

type Comparable = string | number | readonly string[] | null | undefined;

function same(actual: Comparable, wanted: Comparable | RegExp): void {
  if (wanted === undefined) return;
  if (wanted instanceof RegExp) assert.match([actual].flat().join("\n"), wanted);
  else assert.deepEqual(actual, wanted);
}

/** "own /etc/x 0:990 640", "command systemctl start tsv", "file /etc/tsv/tsv.conf". */
function stepLine(step: Step): string {
  switch (step.kind) {
    case "command": {
      const undo = step.undo === null ? "" : ` (undo: ${step.undo.join(" ")})`;
      return `command ${step.argv.join(" ")}${undo}`;
    }
    case "own":
      return `own ${step.path} ${step.uid}:${step.gid} ${step.mode.toString(8)}`;
    case "directory": {
      const { path, owner, mode } = step;
      return `directory ${path} ${owner.user}:${owner.group} ${mode.toString(8)}`;
    }
    case "link":
      return `link ${step.path} ${step.target}`;
    case "signal":
      return `signal ${step.signal} ${step.pid} started at ${step.startTicks}`;
    case "answer":
      return `answer ${step.server} ${step.timeoutSeconds} s`;
    case "ended":
      return `ended ${step.pid} ${step.timeoutSeconds} s`;
    case "group":
      return `group ${step.name}`;
    default:
      return "path" in step ? `${step.kind} ${step.path}` : step.kind;
  }
}
