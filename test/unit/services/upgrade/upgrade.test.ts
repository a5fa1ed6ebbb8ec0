// The sequence of an upgrade, and the rollback of every step before the last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok, type Result } from "../../../../src/core/base/result.ts";
import type { PathCaller } from "../../../../src/core/upgrade/dry-run.ts";
import type { Candidate, Successor } from "../../../../src/ports/successor.ts";
import type { UpgradeChoice } from "../../../../src/services/upgrade/api.ts";
import { type Replaceable, Upgrade } from "../../../../src/services/upgrade/upgrade.ts";

const ROOT: PathCaller = { user: { uid: 0 } };
const OWN: UpgradeChoice = { path: null, caller: ROOT };
const OTHER_USER: PathCaller = { user: { uid: 1000 } };
const NEW: Candidate = { path: "/usr/bin/tsv", isSame: false, mark: "1" };

/** A daemon and an executable that note what is done to them. */
class Rig {
  readonly done: string[] = [];
  readonly lines: string[] = [];
  readonly words: (string | null)[] = [];
  candidate: Result<Candidate, string> = ok(NEW);
  dryRun: Result<string, string> = ok("2.0.0");
  problems: (string | null)[] = [];
  suspendProblem: string | null = null;
  unready: string | null = null;
  /** What its file systems come to, one after the other. */
  silent: (string | null)[] = [];
  /** How often the daemon is found not suspended. */
  unsuspended = 0;
  /** The error of the last step. */
  failure: string | null = "ENOMEM";
  readonly upgrade = new Upgrade({
    daemon: this.#daemon(),
    successor: this.#successor(),
    activity: { log: (level, text) => void this.lines.push(`${level} ${text}`) },
    named: { uid: 0, paths: ["/usr/bin/tsv"] },
    version: "1.0.0",
    last: { state: "none" },
    turn: () => Promise.resolve(this.#note("turn")),
  });

  #note(what: string): void {
    this.done.push(what);
  }

  #daemon(): Replaceable {
    const rig = this;
    return {
      problem: () => rig.problems.shift() ?? null,
      answers: () => Promise.resolve(rig.silent.shift() ?? null),
      prepare: () => Promise.resolve(rig.#note("prepare")).then(() => rig.unready),
      remember: (becoming) => Promise.resolve(void this.words.push(becoming)),
      suspend: () => Promise.resolve(rig.#note("suspend")).then(() => rig.suspendProblem),
      get isSuspended() {
        rig.unsuspended -= 1;
        return rig.unsuspended < 0;
      },
      snapshot: ({ id, executable }) => `snapshot ${id} for ${executable}`,
      unsuspend: () => Promise.resolve(rig.#note("unsuspend")),
    };
  }

  #successor(): Successor {
    return {
      look: async (path) => {
        this.#note(`look at ${path}`);
        return this.candidate;
      },
      self: () => ({ ...NEW, isSame: true, mark: null }),
      dryRun: async (_, snapshot) => {
        this.#note(`dry run of ${snapshot}`);
        return this.dryRun;
      },
      holdSignals: () => this.#note("hold signals"),
      releaseSignals: () => this.#note("release signals"),
      replace: (_, snapshot) => {
        this.#note(`become it with ${snapshot}`);
        return this.failure ?? "";
      },
    };
  }

  /** Lets everything happen that is on its way. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

const REFUSED = "WARN not upgraded, the daemon continues: ";

test("nothing is begun while a file system does not answer", async () => {
  const rig = new Rig();
  rig.silent = ["/mnt does not answer", "/mnt does not answer"];
  assert.deepEqual(await rig.upgrade.begin(OWN, false), err("/mnt does not answer"));
  assert.deepEqual(await rig.upgrade.check(OWN), err("/mnt does not answer"));
  assert.deepEqual(rig.done, ["look at null", "look at null"]);
});

test("an upgrade runs step by step, and is rolled back if the last step fails", async () => {
  const rig = new Rig();
  const begun = await rig.upgrade.begin(OWN, false);
  assert.deepEqual(begun, ok({ from: "1.0.0", to: "2.0.0", path: NEW.path, isSame: false, id: 1 }));
  assert.deepEqual(rig.upgrade.outcome(), { state: "under way", id: 1 });
  await rig.settle();
  assert.deepEqual(rig.done, [
    "look at null",
    "dry run of snapshot 1 for /usr/bin/tsv",
    "prepare",
    "suspend",
    "hold signals",
    "turn",
    "become it with snapshot 1 for /usr/bin/tsv",
    "release signals",
    "unsuspend",
  ]);
  assert.deepEqual(rig.upgrade.outcome(), { state: "failed", id: 1, reason: "ENOMEM" });
  assert.equal(rig.lines.at(-1), "CRIT not upgraded, the daemon continues: ENOMEM");
  assert.deepEqual(rig.words, ["tsv 2.0.0 (/usr/bin/tsv)", null]);
  const again = await rig.upgrade.begin({ path: "/opt/tsv", caller: ROOT }, false);
  assert.equal(again.ok && again.value.id, 2, "and it can be tried again");
});

test("a daemon that cannot become quiet refuses, and keeps answering", async () => {
  const rig = new Rig();
  rig.unready = "the log /x accepts no output";
  assert.deepEqual(await rig.upgrade.begin(OWN, false), err("the log /x accepts no output"));
  assert.ok(!rig.done.includes("suspend"));
  assert.deepEqual(rig.upgrade.outcome(), { state: "none" });
  rig.unready = null;
  assert.ok((await rig.upgrade.begin(OWN, false)).ok, "and it can be tried again");
});

test("a fresh copy of the daemon is made in the same steps, without looking at its path", async () => {
  const rig = new Rig();
  assert.deepEqual(await Promise.all([rig.upgrade.renew(), rig.upgrade.renew()]), [
    null,
    "another upgrade is in progress",
  ]);
  assert.equal(
    rig.lines[0],
    "INFO restarting with a fresh copy of tsv 1.0.0; programs keep running",
  );
  await rig.settle();
  assert.ok(rig.done.some((step) => step.startsWith("become")));
  assert.ok(!rig.done.some((step) => step.startsWith("look")));
});

test("a check does not change the daemon", async () => {
  const rig = new Rig();
  const plan = await rig.upgrade.check({ path: "/opt/tsv", caller: ROOT });
  assert.deepEqual(plan, ok({ from: "1.0.0", to: "2.0.0", path: NEW.path, isSame: false }));
  assert.deepEqual(rig.done, ["look at /opt/tsv", "dry run of snapshot 1 for /usr/bin/tsv"]);
  assert.deepEqual(rig.upgrade.outcome(), { state: "none" });
});

test("a path that the caller is not permitted to name is not examined", async () => {
  const rig = new Rig();
  for (const caller of [OTHER_USER, { user: null }]) {
    const choice = { path: "/opt/tsv", caller };
    const refused = await rig.upgrade.check(choice);
    assert.match(
      refused.ok ? "" : refused.error,
      /^only root may name \/opt\/tsv, .*upgrade_paths=/,
    );
    assert.deepEqual(await rig.upgrade.begin(choice, false), refused);
  }
  assert.deepEqual(rig.done, []);
  assert.match(rig.lines[0] ?? "", /^WARN not upgraded, .*only root may name \/opt\/tsv/);
  assert.ok((await rig.upgrade.check({ path: "/usr/bin/tsv", caller: OTHER_USER })).ok);
  assert.ok((await rig.upgrade.check({ path: null, caller: OTHER_USER })).ok);
  assert.ok((await rig.upgrade.begin({ path: null, caller: OTHER_USER }, false)).ok);
});

test("an executable that cannot be used, or fails its dry run, is refused before anything changes", async () => {
  const rig = new Rig();
  rig.candidate = err("it does not exist");
  assert.deepEqual(await rig.upgrade.begin(OWN, false), err("it does not exist"));
  rig.candidate = ok(NEW);
  rig.dryRun = err("it says no");
  assert.deepEqual(await rig.upgrade.begin(OWN, false), err("it says no"));
  await rig.settle();
  assert.ok(!rig.done.includes("suspend"));
  assert.deepEqual(rig.lines, [`${REFUSED}it does not exist`, `${REFUSED}it says no`]);
});

test("the same executable is not upgraded to, if requested so", async () => {
  const rig = new Rig();
  rig.candidate = ok({ ...NEW, isSame: true });
  const begun = await rig.upgrade.begin(OWN, true);
  assert.deepEqual(
    begun,
    ok({ from: "1.0.0", to: "1.0.0", path: NEW.path, isSame: true, id: null }),
  );
  assert.deepEqual(rig.done, ["look at null"]);
  assert.ok((await rig.upgrade.begin(OWN, false)).ok, "else it is replaced by itself");
});

test("a second upgrade is refused, not queued", async () => {
  const rig = new Rig();
  const [first, second] = await Promise.all([
    rig.upgrade.begin(OWN, false),
    rig.upgrade.begin(OWN, false),
  ]);
  assert.ok(first?.ok);
  assert.deepEqual(second, err("another upgrade is in progress"));
});

test("a daemon that is asked to stop meanwhile stops instead of upgrading", async () => {
  const rig = new Rig();
  rig.problems = [null, null, "the daemon is stopping its programs"];
  assert.ok((await rig.upgrade.begin(OWN, false)).ok);
  await rig.settle();
  assert.ok(!rig.done.some((step) => step.startsWith("become")));
  assert.deepEqual(rig.done.slice(-2), ["release signals", "unsuspend"]);
});

test("an upgrade of a busy daemon is retried some times, then abandoned", async () => {
  const rig = new Rig();
  rig.unsuspended = 3;
  assert.ok((await rig.upgrade.begin(OWN, false)).ok);
  await rig.settle();
  assert.equal(rig.done.filter((step) => step === "suspend").length, 4);
  assert.ok(rig.done.some((step) => step.startsWith("become")));
  rig.unsuspended = 1000;
  assert.ok((await rig.upgrade.begin(OWN, false)).ok);
  await rig.settle();
  const outcome = rig.upgrade.outcome();
  assert.equal(
    outcome.state === "failed" && outcome.reason,
    "the daemon is too busy to upgrade right now, try again later",
  );
});

test("a log that takes no output keeps the daemon as it is", async () => {
  const rig = new Rig();
  rig.suspendProblem = "the log /log accepts no output";
  assert.ok((await rig.upgrade.begin(OWN, false)).ok);
  await rig.settle();
  assert.deepEqual(rig.done.slice(-2), ["suspend", "unsuspend"]);
});
