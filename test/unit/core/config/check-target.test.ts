// Where a program is asked whether it is ready.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkText,
  parseCheck,
  parseHealthCheck,
} from "../../../../src/core/config/check-target.ts";
import { fc } from "../../../property.ts";

for (const [text, target] of [
  ["tcp://127.0.0.1:5432", { kind: "tcp", host: "127.0.0.1", port: 5432 }],
  ["tcp://[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  ["tcp://db.example:1", { kind: "tcp", host: "db.example", port: 1 }],
  ["unix:///run/app/app.sock", { kind: "unix", path: "/run/app/app.sock" }],
  [
    "http://127.0.0.1:8000/healthz",
    { kind: "http", url: "http://127.0.0.1:8000/healthz", statuses: [] },
  ],
  ["https://u:p@[::1]/x?y=z", { kind: "http", url: "https://u:p@[::1]/x?y=z", statuses: [] }],
  ["http://localhost 200,404", { kind: "http", url: "http://localhost", statuses: [200, 404] }],
  ["exec:pg_isready -h '/run/my db'", { kind: "exec", command: "pg_isready -h '/run/my db'" }],
  ["notify", { kind: "notify" }],
  ["fd:3", { kind: "fd", fd: 3 }],
  ["fd:255", { kind: "fd", fd: 255 }],
  ["log:listening on *:80", { kind: "log", pattern: "listening on *:80" }],
] as const) {
  test(`${text} is read, and shown as it was written`, () => {
    const read = parseCheck(text);
    assert.deepEqual(read, { ok: true, value: target });
    assert.equal(checkText(target), text);
  });
}

for (const bad of ["", "5432", "127.0.0.1:5432", "ftp://h/", "exec", "TCP://h:1"]) {
  test(`${JSON.stringify(bad)} is refused, and the error shows what to write`, () => {
    const read = parseCheck(bad);
    const forms = /: write tcp:\/\/HOST:PORT, .*, exec:COMMAND, log:PATTERN, notify or fd:N$/;
    assert.match(read.ok ? "" : read.error, forms);
    const health = parseHealthCheck(bad);
    assert.match(health.ok ? "" : health.error, /: write tcp:.*, exec:COMMAND or notify$/);
  });
}

const TCP = "write tcp://HOST:PORT, with a port from 1 to 65535";
const HTTP = "write http://HOST:PORT/PATH without #, with a port from 1 to 65535";
const UNIX = "write unix:///PATH without blanks";
const statuses = (list: string) =>
  `the statuses are '${list}': write numbers from 100 to 599, as 200,204`;

for (const [bad, why] of [
  ["tcp://127.0.0.1", TCP],
  ["tcp://127.0.0.1:http", TCP],
  ["tcp://:80", TCP],
  ["tcp://h:0", TCP],
  ["tcp://h:65536", TCP],
  ["tcp://::1:80", TCP],
  ["unix://run/x", UNIX],
  ["unix:///", UNIX],
  ["unix:///run/x y", UNIX],
  ["http://", HTTP],
  ["http:///x", HTTP],
  ["http://[zz]/", HTTP],
  ["http://a%zz/", HTTP],
  ["http://h:0/", HTTP],
  ["https://h:99999/", HTTP],
  ["http://h/#x", HTTP],
  ["http://h/ 20x", statuses("20x")],
  ["http://h 99", statuses("99")],
  ["http://h 200,", statuses("200,")],
  ["http://h 200 204", statuses("200 204")],
  ["http://h /x", statuses("/x")],
  ["exec:", "exec: needs a command"],
  ["exec:  ", "exec: needs a command"],
  ["exec:echo 'a", "No closing quotation"],
] as const) {
  test(`${JSON.stringify(bad)} is refused with the reason, for readiness and health`, () => {
    const shown = bad.includes("'") ? `"${bad}"` : `'${bad}'`;
    const [read, health] = [parseCheck(bad), parseHealthCheck(bad)];
    assert.equal(read.ok ? "" : read.error, `not a valid check: ${shown}: ${why}`);
    assert.equal(health.ok ? "" : health.error, `not a valid health_check: ${shown}: ${why}`);
  });
}

for (const [bad, why] of [
  ["fd:2", "fd: is from 3 to 255"],
  ["fd:256", "fd: is from 3 to 255"],
  ["fd:x", "fd: is from 3 to 255"],
  ["log: **", "log: needs a text to look for"],
  [`log:${"x".repeat(1025)}`, "longer than 1024 characters"],
] as const) {
  test(`${JSON.stringify(bad)} is refused with the reason`, () => {
    const read = parseCheck(bad);
    assert.equal(read.ok ? "" : read.error, `not a valid check: '${bad}': ${why}`);
    const health = parseHealthCheck(bad);
    assert.match(health.ok ? "" : health.error, /: write tcp:.*, exec:COMMAND or notify$/);
  });
}

test("whatever is written is refused in one line, or read and shown so that it is read as the same", () => {
  const kinds = ["tcp://", "unix://", "http://", "exec:", "log:", "notify", "fd:", ""];
  const value = fc.tuple(fc.constantFrom(...kinds), fc.string({ unit: "binary", maxLength: 40 }));
  fc.assert(
    fc.property(value, ([kind, rest]) => {
      const read = parseCheck(`${kind}${rest}`);
      if (read.ok) assert.deepEqual(parseCheck(checkText(read.value)), read);
      else assert.doesNotMatch(read.error, /[\n\x1b]/);
    }),
    { numRuns: 2000 },
  );
});
