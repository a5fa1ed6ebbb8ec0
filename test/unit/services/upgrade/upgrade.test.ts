// The order in which a daemon is replaced, and that every step before the last can be taken back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok, type Result } from "../../../../src/core/base/result.ts";
import type { Candidate, Successor } from "../../../../src/ports/successor.ts";
import { type Replaceable, Upgrade } from "../../../../src/services/upgrade/upgrade.ts";

const NEW: Candidate = { path: "/usr/bin/tsv", isSame: false, mark: "1" };

/** A daemon and an executable that note what is done to them. */
class Rig {
  readonly done: string[] = [];
  readonly lines: string[] = [];
  candidate: Result<Candidate, string> = ok(NEW);
  rehearsal: Result<string, string> = ok("2.0.0");
  obstacles: (string | null)[] = [];
  trouble: string | null = null;
  /** How often the daemon is found moving. */
  restless = 0;
  /** Null: the test does not survive it, as nobody does. */
  failure: string | null = "ENOMEM";
  readonly upgrade = new Upgrade({
    daemon: this.#daemon(),
    successor: this.#successor(),
    activity: { log: (level, text) => void this.lines.push(`${level} ${text}`) },
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
      obstacle: () => rig.obstacles.shift() ?? null,
      standStill: () => Promise.resolve(rig.#note("stand still")).then(() => rig.trouble),
      get isStill() {
        rig.restless -= 1;
        return rig.restless < 0;
      },
      document: ({ id, executable }) => `document ${id} for ${executable}`,
      descriptors: () => [7, 8],
      goOn: () => Promise.resolve(rig.#note("go on")),
    };
  }

  #successor(): Successor {
    return {
      look: (path) => {
        this.#note(`look at ${path}`);
        return this.candidate;
      },
      rehearse: async (_, document) => {
        this.#note(`rehearse ${document}`);
        return this.rehearsal;
      },
      holdSignals: () => this.#note("hold signals"),
      releaseSignals: () => this.#note("release signals"),
      replace: (_, document, descriptors) => {
        this.#note(`become it with ${document} and ${descriptors.join(",")}`);
        return this.failure ?? "";
      },
    };
  }

  /** Lets everything happen that is on its way. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

const REFUSED = "WARN not upgraded, the daemon goes on as it is: ";

test("a replacement goes step by step, and back when the last one fails", async () => {
  const rig = new Rig();
  const begun = await rig.upgrade.begin(null, false);
  assert.deepEqual(begun, ok({ from: "1.0.0", to: "2.0.0", path: NEW.path, isSame: false, id: 1 }));
  assert.deepEqual(rig.upgrade.outcome(), { state: "under way", id: 1 });
  await rig.settle();
  assert.deepEqual(rig.done, [
    "look at null",
    "rehearse document 1 for /usr/bin/tsv",
    "stand still",
    "hold signals",
    "turn",
    "become it with document 1 for /usr/bin/tsv and 7,8",
    "release signals",
    "go on",
  ]);
  assert.deepEqual(rig.upgrade.outcome(), { state: "failed", id: 1, reason: "ENOMEM" });
  assert.equal(rig.lines.at(-1), "CRIT not upgraded, the daemon goes on as it was: ENOMEM");
  const again = await rig.upgrade.begin("/opt/tsv", false);
  assert.equal(again.ok && again.value.id, 2, "and it can be tried again");
});

test("what is only checked leaves the daemon alone", async () => {
  const rig = new Rig();
  const plan = await rig.upgrade.check("/opt/tsv");
  assert.deepEqual(plan, ok({ from: "1.0.0", to: "2.0.0", path: NEW.path, isSame: false }));
  assert.deepEqual(rig.done, ["look at /opt/tsv", "rehearse document 1 for /usr/bin/tsv"]);
  assert.deepEqual(rig.upgrade.outcome(), { state: "none" });
});

test("an executable that cannot be had, or cannot take over, is refused before anything is touched", async () => {
  const rig = new Rig();
  rig.candidate = err("it does not exist");
  assert.deepEqual(await rig.upgrade.begin(null, false), err("it does not exist"));
  rig.candidate = ok(NEW);
  rig.rehearsal = err("it says no");
  assert.deepEqual(await rig.upgrade.begin(null, false), err("it says no"));
  await rig.settle();
  assert.ok(!rig.done.includes("stand still"));
  assert.deepEqual(rig.lines, [`${REFUSED}it does not exist`, `${REFUSED}it says no`]);
});

test("the same executable is no reason to do anything, for who asks that way", async () => {
  const rig = new Rig();
  rig.candidate = ok({ ...NEW, isSame: true });
  const begun = await rig.upgrade.begin(null, true);
  assert.deepEqual(
    begun,
    ok({ from: "1.0.0", to: "1.0.0", path: NEW.path, isSame: true, id: null }),
  );
  assert.deepEqual(rig.done, ["look at null"]);
  assert.ok((await rig.upgrade.begin(null, false)).ok, "else it is replaced by itself");
});

test("a second replacement waits for nobody: it is refused", async () => {
  const rig = new Rig();
  const [first, second] = await Promise.all([
    rig.upgrade.begin(null, false),
    rig.upgrade.begin(null, false),
  ]);
  assert.ok(first?.ok);
  assert.deepEqual(second, err("another replacement is under way"));
});

test("a daemon that is told to stop meanwhile stops, instead of being replaced", async () => {
  const rig = new Rig();
  rig.obstacles = [null, "the daemon is stopping its programs"];
  assert.ok((await rig.upgrade.begin(null, false)).ok);
  await rig.settle();
  assert.ok(!rig.done.some((step) => step.startsWith("become")));
  assert.deepEqual(rig.done.slice(-2), ["release signals", "go on"]);
});

test("a daemon that finds no rest is tried some times, then goes on", async () => {
  const rig = new Rig();
  rig.restless = 3;
  assert.ok((await rig.upgrade.begin(null, false)).ok);
  await rig.settle();
  assert.equal(rig.done.filter((step) => step === "stand still").length, 4);
  assert.ok(rig.done.some((step) => step.startsWith("become")));
  rig.restless = 1000;
  assert.ok((await rig.upgrade.begin(null, false)).ok);
  await rig.settle();
  const outcome = rig.upgrade.outcome();
  assert.equal(
    outcome.state === "failed" && outcome.reason,
    "too much happens at once, try again later",
  );
});

test("a log that takes no output keeps the daemon as it is", async () => {
  const rig = new Rig();
  rig.trouble = "the log /log takes no output";
  assert.ok((await rig.upgrade.begin(null, false)).ok);
  await rig.settle();
  assert.deepEqual(rig.done.slice(-2), ["stand still", "go on"]);
});
