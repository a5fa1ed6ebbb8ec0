// Causes that lines of output name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clueIn } from "../../../../src/core/why/clues.ts";

const CLUES: readonly (readonly [string, RegExp, number | null])[] = [
  ["OSError: [Errno 98] Address already in use", /already in use/, null],
  ["Error: listen EADDRINUSE: address already in use :::3000", /already in use/, 3000],
  ["12:30:45 listen tcp :8080: bind: address already in use", /already in use/, 8080],
  ["nginx: bind() to 0.0.0.0:80 failed (98: Address already in use)", /already in use/, 80],
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
  ["connect ECONNREFUSED 127.0.0.1:5432", /nothing listens/, null],
];

for (const [line, meaning, port] of CLUES) {
  test(`"${line.slice(0, 50)}" has a clue`, () => {
    const clue = clueIn(["before", line, "at Server.listen (node:net:1)"]);
    assert.ok(clue !== null);
    assert.match(clue.meaning, meaning);
    assert.equal(clue.port, port);
    assert.equal(clue.line, line);
  });
}

test("ordinary lines have no clue", () => {
  for (const line of ["listening on 0.0.0.0:80", "GET / 200", "permission granted"]) {
    assert.equal(clueIn([line]), null, line);
  }
});
