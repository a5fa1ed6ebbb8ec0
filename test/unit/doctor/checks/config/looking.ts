// Runs one check on a host in memory, makes its repair, and checks again.

import assert from "node:assert/strict";
import type { Check } from "../../../../../src/doctor/checks/check.ts";
import type { DoctorFacts } from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { Finding, Unknown } from "../../../../../src/doctor/model.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { performStep } from "../../../../fakes/doctor-repairs.ts";

export const CONF = "/etc/tsv/tsv.conf";

type Parts = Parameters<DoctorHost["facts"]>[1];

/** What a check finds in a text, or in the host as it is. */
export function findings(
  check: Check,
  text: string | null,
  host = new DoctorHost(),
  parts: Parts = {},
): readonly Finding[] {
  return said(check, host.facts(text, parts)).map((one) => {
    assert.ok("repair" in one, "unknown" in one ? one.unknown : "");
    return one;
  });
}

export function said(check: Check, facts: DoctorFacts): readonly (Finding | Unknown)[] {
  return check.look(facts);
}

/** Does the steps of a repair. */
export function fix(host: DoctorHost, { repair }: Finding): void {
  assert.equal(repair.class === "C", repair.steps.length === 0, "class C has no steps");
  for (const { step } of repair.steps) performStep(host, step);
}

/** Repairs the first finding; nothing is found then. @returns the text of the configuration after it */
export function fixed(check: Check, text: string, host = new DoctorHost()): string {
  const [first] = findings(check, text, host);
  assert.ok(first !== undefined, "something is found");
  assert.equal(first.repair.class, "B");
  assert.ok(
    first.repair.steps.every(({ step, edited }) => step.kind !== "remove" || edited !== null),
  );
  fix(host, first);
  assert.deepEqual(findings(check, null, host), [], "a second look finds nothing");
  return host.readText(CONF) ?? "";
}
