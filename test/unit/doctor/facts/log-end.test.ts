// Last lines of logs: fit for a terminal, and what they give away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clueIn, lastLines } from "../../../../src/doctor/facts/log-end.ts";
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

test("what looks like a secret is hidden", () => {
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

const CLUES: readonly (readonly [string, RegExp, number | null])[] = [
  ["OSError: [Errno 98] Address already in use", /taken already/, null],
  ["Error: listen EADDRINUSE: address already in use :::3000", /taken already/, 3000],
  ["12:30:45 listen tcp :8080: bind: address already in use", /taken already/, 8080],
  ["nginx: bind() to 0.0.0.0:80 failed (98: Address already in use)", /taken already/, 80],
  [
    "./app: error while loading shared libraries: libssl.so.1.1: cannot open",
    /libssl\.so\.1\.1/,
    null,
  ],
  ["/lib/libc.so.6: version `GLIBC_2.38' not found (required by ./app)", /GLIBC_2\.38/, null],
  ["ModuleNotFoundError: No module named 'flask.ext'", /module flask\.ext/, null],
  ["Error: Cannot find module '/opt/app/index.js'", /index\.js/, null],
  ["python3: can't open file '/opt/a.py': [Errno 2]", /script \/opt\/a\.py/, null],
  ["FATAL ERROR: JavaScript heap out of memory", /out of memory/, null],
  ["OSError: [Errno 24] Too many open files", /open files/, null],
  ["write: No space left on device", /disk is full/, null],
  ["PermissionError: [Errno 13] Permission denied: '/x'", /permission/, null],
  ["connect ECONNREFUSED 127.0.0.1:5432", /does not listen/, null],
];

for (const [line, meaning, port] of CLUES) {
  test(`"${line.slice(0, 50)}" says something`, () => {
    const clue = clueIn(["before", line, "at Server.listen (node:net:1)"]);
    assert.ok(clue !== null);
    assert.match(clue.meaning, meaning);
    assert.equal(clue.port, port);
    assert.equal(clue.line, line);
  });
}

test("ordinary lines say nothing", () => {
  for (const line of ["listening on 0.0.0.0:80", "GET / 200", "permission granted"]) {
    assert.equal(clueIn([line]), null, line);
  }
});
