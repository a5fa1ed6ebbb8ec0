// Transactions of an installation: all of it, or nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlannedStep } from "../../../src/install/plan/steps.ts";
import { recover, runTransaction, type TransactionDeps } from "../../../src/install/transaction.ts";
import { MemoryHost } from "../../fakes/install-host.ts";
import { DEBIAN, MemoryJournal, planFor, removalFor } from "../../fakes/install-plan.ts";
import { fc } from "../../property.ts";

const QUIET = { began() {}, did() {}, skipped() {}, undid() {} };

function depsFor(host: MemoryHost, journal = new MemoryJournal()): TransactionDeps {
  return { host, journal, report: QUIET, interruption: new AbortController().signal };
}

/** A host on which nothing is installed, with what a case adds. */
function freshHost(prepare: (host: MemoryHost) => void = () => {}): MemoryHost {
  const host = new MemoryHost(DEBIAN);
  prepare(host);
  return host;
}

async function install(host: MemoryHost): Promise<void> {
  const outcome = await runTransaction(planFor(host).steps, depsFor(host));
  assert.deepEqual(outcome, { ok: true, value: true });
}

const CASES: readonly (readonly [string, (host: MemoryHost) => void])[] = [
  ["an empty host", () => {}],
  ["a host with a configuration", (host) => host.write("/etc/tsv/tsv.conf", "[supervisord]\n")],
  ["a host with another executable", (host) => host.write("/usr/local/bin/tsv", "older")],
  [
    "a host with a unit of somebody's",
    (host) => host.write("/etc/init/tsv.service", "mine\n", { mode: 0o600 }),
  ],
  [
    "a host with a link in the unit's place",
    (host) => host.files.set("/etc/init/tsv.service", { kind: "link", target: "/dev/null" }),
  ],
];

for (const [where, prepare] of CASES) {
  test(`a failure at any step leaves ${where} as it was`, async () => {
    const { length } = planFor(freshHost(prepare)).steps;
    assert.ok(length > 5);
    for (const failsHalfway of [false, true]) {
      for (let failAt = 0; failAt < length; failAt += 1) {
        const host = freshHost(prepare);
        const before = host.snapshot();
        const { steps } = planFor(host);
        host.failAt = failAt;
        host.failsHalfway = failsHalfway;
        const journal = new MemoryJournal();
        const outcome = await runTransaction(steps, depsFor(host, journal));
        assert.ok(!outcome.ok);
        assert.deepEqual(outcome.error.leftovers, [], `step ${failAt}`);
        assert.deepEqual(host.snapshot(), before, `step ${failAt}`);
        assert.equal(journal.crashed, null);
      }
    }
  });

  test(`uninstalling leaves ${where} as it was`, async () => {
    const host = freshHost(prepare);
    const before = host.snapshot();
    await install(host);
    const removal = removalFor(host, { purge: true });
    assert.deepEqual(await runTransaction(removal.steps, depsFor(host)), { ok: true, value: true });
    assert.deepEqual(host.snapshot(), before);
  });

  test(`a failure while uninstalling leaves the installation on ${where} as it was`, async () => {
    const count = async (): Promise<number> => {
      const host = freshHost(prepare);
      await install(host);
      return removalFor(host, { purge: true }).steps.length;
    };
    for (let failAt = 0; failAt < (await count()); failAt += 1) {
      const host = freshHost(prepare);
      await install(host);
      const installed = host.snapshot();
      const { steps } = removalFor(host, { purge: true });
      // Counting continues from the steps of the installation.
      host.failAt = planFor(freshHost(prepare)).steps.length + failAt;
      const outcome = await runTransaction(steps, depsFor(host));
      if (steps[failAt]?.mayFail === true) continue;
      assert.ok(!outcome.ok, `step ${failAt}`);
      assert.deepEqual(host.snapshot(), installed, `step ${failAt}`);
    }
  });
}

test("an installer that is killed at any point is rolled back by the next run", async () => {
  const { steps } = planFor(freshHost());
  await fc.assert(
    fc.asyncProperty(fc.nat(steps.length - 1), fc.boolean(), async (failAt, isDone) => {
      const host = freshHost();
      const before = host.snapshot();
      const journal = new MemoryJournal();
      await killedAt(steps, failAt, isDone, { host, journal });
      const outcome = await recover(depsFor(host, journal));
      assert.deepEqual(outcome, { ok: true, value: true });
      assert.deepEqual(host.snapshot(), before);
      assert.deepEqual(await recover(depsFor(host, journal)), { ok: true, value: false });
    }),
  );
});

/** What a kill leaves: steps before, the journal's word for the step, and the step itself done or not. */
async function killedAt(
  steps: readonly PlannedStep[],
  at: number,
  isDone: boolean,
  { host, journal }: { host: MemoryHost; journal: MemoryJournal },
): Promise<void> {
  for (const { step } of steps.slice(0, at + 1)) {
    const undos = host.prepare(step);
    assert.ok(undos.ok);
    journal.record(undos.value);
    if (step !== steps[at]?.step || isDone) await host.perform(step);
  }
}

test("an installer that is killed after the last step loses nothing", async () => {
  const host = freshHost();
  await install(host);
  const journal = new MemoryJournal();
  journal.commit([{ path: "/etc/tsv.aside", kind: "aside" }]);
  host.write("/etc/tsv.aside", "moved aside");
  await recover(depsFor(host, journal));
  assert.ok(host.files.has("/etc/tsv/tsv.conf"));
  assert.ok(!host.files.has("/etc/tsv.aside"));
});

test("a step is not executed before its undo is recorded", async () => {
  const host = freshHost();
  const before = host.snapshot();
  const journal = new MemoryJournal();
  journal.failAt = 3;
  const outcome = await runTransaction(planFor(host).steps, depsFor(host, journal));
  assert.ok(!outcome.ok && outcome.error.reason === "the journal is full");
  assert.deepEqual(host.snapshot(), before);
});

test("an interruption finishes the current step, and rolls everything back", async () => {
  const host = freshHost();
  const before = host.snapshot();
  const controller = new AbortController();
  const outcome = await runTransaction(planFor(host).steps, {
    ...depsFor(host),
    interruption: controller.signal,
    report: { ...QUIET, did: ({ step }) => step.kind === "file" && controller.abort() },
  });
  assert.ok(!outcome.ok);
  assert.equal(outcome.error.reason, "interrupted");
  assert.deepEqual(host.snapshot(), before);
});

test("the failure of an optional step is reported and skipped", async () => {
  const host = freshHost();
  const skipped: string[] = [];
  const { steps } = planFor(host);
  host.failAt = steps.findIndex(({ step }) => step.kind === "command");
  const outcome = await runTransaction(
    steps.map((step) => ({ ...step, mayFail: step.step.kind === "command" })),
    { ...depsFor(host), report: { ...QUIET, skipped: (_, reason) => void skipped.push(reason) } },
  );
  assert.ok(outcome.ok);
  assert.deepEqual(skipped, ["injected"]);
});
