// Last lines of logs: fit for a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLines } from "../../../../src/doctor/facts/logs.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { fc } from "../../../property.ts";

const end = (text: string, most = 3) =>
  lastLines("/log", most, new DoctorHost().file("/log", text));

test("the last lines come oldest first, without empty ones and carriage returns", () => {
  assert.deepEqual(end("a\nb\r\n\n  \nc\nd\n"), ["b", "c", "d"]);
  assert.deepEqual(end(""), []);
});

test("a log that is missing has no lines, which is not the same as none", () => {
  assert.equal(lastLines("/gone", 3, new DoctorHost()), null);
  assert.equal(lastLines("", 3, new DoctorHost()), null);
});

test("a text that resembles a secret is hidden", () => {
  const [line = ""] = end("connecting with password=hunter2 to postgres://app:s3cret@db/x\n") ?? [];
  assert.doesNotMatch(line, /hunter2|s3cret/);
  assert.match(line, /^connecting with password=/);
});

test("a first line that lost its beginning is left out, and long ones are cut", () => {
  const lines = end(`${"x".repeat(20_000)}\nlast\n`);
  assert.deepEqual(lines, ["last"]);
  assert.equal(end("y".repeat(600))?.[0]?.length, 500);
});

test("no control character reaches a terminal, whatever a program wrote", () => {
  assert.deepEqual(end("\x1b[31mred\x1b[0m\tx\x07\x1b]0;title\x07\x1b[2J"), ["red    x\\x07"]);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      for (const line of end(text) ?? []) assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});
