// What a device does with a desired configuration; test/sim/fleet-desired.test.ts has its deaths.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_RAW, parseIni, rawOf } from "../../../../src/core/config/raw.ts";
import {
  type DesiredInput,
  NOTHING_DESIRED,
  type Note,
  noteText,
  readNote,
  step,
} from "../../../../src/core/fleet/desired.ts";
import { readDesired } from "../../../../src/core/fleet/desired-text.ts";
import { textChange } from "../../../../src/core/fleet/text-change.ts";
import { fc } from "../../../property.ts";

const AT = "2026-01-01T00:00:00Z";
const take = (inputs: readonly DesiredInput[]) =>
  inputs.reduce((state, input) => step(state, input, AT), NOTHING_DESIRED);
const desired = (revision: number, rollout = "r"): DesiredInput => ({
  kind: "desired",
  desired: { revision, rollout, text: "", settleMs: 0 },
});
const begun: readonly DesiredInput[] = [
  { kind: "started", note: null },
  desired(1),
  { kind: "checked", problem: null, names: ["web"], hadFile: false },
  { kind: "did", outcome: "ok" },
];

test("a newer revision ends the trial of one whose programs are not up", () => {
  const waiting = take(begun);
  assert.equal(waiting.act?.kind, "apply");
  assert.equal(step(waiting, desired(1), AT).act?.kind, "apply", "the same revision does not");
  const ended = take([...begun, desired(2)]);
  assert.equal(ended.act?.kind, "restore");
  const done = take([...begun, desired(2), ...Array(3).fill({ kind: "did", outcome: "ok" })]);
  assert.deepEqual([done.report?.revision, done.report?.result], [1, "rolled-back"]);
  assert.deepEqual(done.act?.kind === "check" && done.act.desired.revision, 2);
});

test("a revision that was tried is not tried again by the next agent", () => {
  const done = take([...begun, { kind: "did", outcome: "ok" }, { kind: "did", outcome: "ok" }]);
  assert.equal(done.report?.result, "applied");
  const after = take([{ kind: "started", note: done.note }, desired(1)]);
  assert.equal(after.act, null);
  assert.deepEqual(after.report, done.report, "and its result is reported again");
});

test("a revision of a hub that counts anew is another one", () => {
  const done = take([...begun, { kind: "did", outcome: "ok" }, { kind: "did", outcome: "ok" }]);
  const after = take([{ kind: "started", note: done.note }, desired(1, "another")]);
  assert.equal(after.act?.kind, "check");
});

test("a daemon that does not answer is asked until it does, and that is reported once", () => {
  const lost: DesiredInput = { kind: "did", outcome: "lost", why: "no answer" };
  const ok: DesiredInput = { kind: "did", outcome: "ok" };
  const failed: DesiredInput = { kind: "did", outcome: "failed", why: "web: exited" };
  let state = take([...begun, failed, ok, lost]);
  assert.equal(state.report?.result, "rolled-back");
  const { report } = state;
  for (let times = 0; times < 3; times += 1) {
    assert.equal(state.act?.kind, "pause");
    state = step(step(state, ok, AT), lost, AT);
    assert.equal(state.report, report);
  }
  assert.equal(step(step(state, ok, AT), ok, AT).act?.kind, "finish");
});

test("a note is read as it was written, and nothing else is a note", () => {
  const notes = fc.record<Note>(
    {
      revision: fc.nat(),
      rollout: fc.string(),
      phase: fc.constantFrom("begun", "restoring", "done"),
      attempts: fc.nat(5),
      names: fc.array(fc.string(), { maxLength: 3 }),
      hadFile: fc.boolean(),
      result: fc.constantFrom(null, "applied", "refused", "rolled-back"),
      why: fc.string(),
      at: fc.string(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(notes, fc.nat(), (note, at) => {
      const text = noteText(note);
      assert.deepEqual(readNote(text), note);
      assert.equal(readNote(text.slice(0, at % (text.length - 1))), null, "a part of one");
    }),
  );
});

test("a text has programs of its own, and nothing of the host", () => {
  const host = parseIni("[program:db]\ncommand=sleep 1\n", "/etc/tsv/tsv.conf");
  assert.ok(host.ok);
  const others = rawOf([...host.value.sections.values()]);
  const refused = (text: string) => {
    const read = readDesired(text, others);
    return read.ok ? null : read.error;
  };
  const sound = "[template:t]\nuser=app\n[program:a]\ncommand=x\n[group:g]\nprograms=a\n";
  assert.deepEqual(readDesired(sound, others), { ok: true, value: ["a", "g"] });
  for (const section of ["include", "fleet", "supervisord", "unix_http_server", "inet_http_server"])
    assert.equal(refused(`[${section}]\n`), `[${section}] is not for a fleet to set`);
  for (const section of ["program-default", "user:ann", "rpcinterface:x", "DEFAULT", "notify:x"])
    assert.equal(refused(`[${section}]\n`), `[${section}] is not for a fleet to set`);
  assert.equal(refused("[program:db]\ncommand=x\n"), "[program:db] is also in /etc/tsv/tsv.conf");
  assert.equal(refused("[group:g]\nprograms=db\n"), "[group:g] has a program of the host, db");
  assert.match(refused("[program:a]\ncommand\n") ?? "", /the text/);
  assert.equal(
    refused(`[program:a]\ncommand=${"x".repeat(256 * 1024)}\n`),
    "it has more than 256KB",
  );
  assert.equal(readDesired("", EMPTY_RAW).ok, true, "an empty text is sound");
});

test("a plan names sections, and no values", () => {
  const one = "[program:a]\ncommand=x\nenvironment=KEY=secret\n[program:b]\ncommand=y\n";
  const two = "; a comment\n[program:a]\ncommand=x\n[program:c]\ncommand=y\n";
  assert.equal(textChange(null, one), "adds program:a, program:b");
  assert.equal(textChange(one, two), "adds program:c; changes program:a; removes program:b");
  assert.equal(textChange(one, null), "removes program:a, program:b");
  assert.equal(textChange(one, one), "no change");
  assert.equal(textChange(two, two.replace("comment", "word")), "changes only comments");
});
