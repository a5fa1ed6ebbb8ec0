// Uncaught errors: log lines, and requests for a fresh copy of the daemon.

import assert from "node:assert/strict";
import { test } from "node:test";
import { UncaughtErrors } from "../../../../src/services/uncaught-errors/uncaught-errors.ts";

const OWN = Object.assign(new Error("oh"), { stack: "Error: oh\n    at f (tsv:1:2)" });

class Rig {
  readonly lines: string[] = [];
  hasLog = true;
  renewed = 0;
  refusal: string | null = null;
  time = 0;
  readonly uncaught = new UncaughtErrors({
    now: () => this.time,
    ownFrames: "tsv",
    renewals: [],
    log: (text) => {
      if (this.hasLog) this.lines.push(String(text).split("\n")[0] ?? "");
      return this.hasLog;
    },
    renew: () => {
      this.renewed += 1;
      return Promise.resolve(this.refusal);
    },
  });
}

test("a fresh copy that is refused is logged with the reason", async () => {
  const rig = new Rig();
  rig.refusal = "the daemon is stopping its programs";
  rig.uncaught.note(OWN);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    rig.lines.at(-1),
    "the daemon continues, but a part of it may not work: the daemon is stopping its programs",
  );
});

test("errors before there is a log are logged later, up to a limit", () => {
  const rig = new Rig();
  rig.hasLog = false;
  for (let n = 0; n < 50; n += 1) {
    rig.time += 60_000;
    rig.uncaught.note(`thrown ${n}`);
  }
  assert.deepEqual(rig.lines, []);
  rig.hasLog = true;
  rig.uncaught.flush();
  assert.equal(rig.lines.length, 10);
  assert.equal(rig.lines[0], "uncaught error: thrown 0");
  rig.uncaught.flush();
  assert.equal(rig.lines.length, 10);
});

test("any value can be thrown", () => {
  const rig = new Rig();
  for (const thrown of [null, undefined, 7, { stack: 5 }, Symbol("x"), new Error("")]) {
    rig.uncaught.note(thrown);
  }
  assert.equal(rig.lines.length, 6);
  assert.equal(rig.renewed, 0);
});
