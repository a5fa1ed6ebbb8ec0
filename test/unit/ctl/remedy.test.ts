// What ctl tells a person to do: one sentence for each kind of failure, which names the thing to change.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_CODES } from "../../../src/core/xmlrpc/faults.ts";
import type { CtlAccess } from "../../../src/ctl/client.ts";
import type { CallFailure } from "../../../src/ctl/failure.ts";
import { remedyFor, remedyForStarts } from "../../../src/ctl/remedy.ts";
import { CATALOGUE } from "../../../src/doctor/checks/catalogue.ts";

const UNIX: CtlAccess = { serverUrl: "unix:///run/s", username: null, password: null };
const TCP: CtlAccess = { serverUrl: "http://h:9001", username: null, password: null };

const connection = (code: string): CallFailure => ({
  kind: "connection",
  failure: { code, message: code },
});
const http = (status: number): CallFailure => ({ kind: "http", status, reason: "" });
const other = (exception: string): CallFailure => ({ kind: "other", exception, text: "" });

const ROWS: readonly (readonly [
  what: string,
  failure: CallFailure,
  access: CtlAccess,
  says: RegExp,
])[] = [
  [
    "no socket",
    connection("ENOENT"),
    UNIX,
    /no such socket\. Start supervisord, or .*-s URL.*More: tsv doctor SOCK-001 SOCK-002 SOCK-005$/,
  ],
  [
    "a dead socket",
    connection("ECONNREFUSED"),
    UNIX,
    /nobody listens: supervisord has ended.*More: tsv doctor SOCK-003 SOCK-002 SOCK-007$/,
  ],
  [
    "a closed port",
    connection("ECONNREFUSED"),
    TCP,
    /nothing listens at http:\/\/h:9001.*port in.*SOCK-001 SOCK-005$/,
  ],
  ["a full queue", connection("EAGAIN"), UNIX, /takes no more connections.*SOCK-015$/],
  [
    "no permission",
    connection("EACCES"),
    UNIX,
    /may not use the socket: WHY of \/run\/s\. Use sudo.*SOCK-004$/,
  ],
  ["an unknown host", connection("ENOTFOUND"), TCP, /name of the host in http:\/\/h:9001 is not/],
  ["an unreachable host", connection("EHOSTUNREACH"), TCP, /cannot be reached. Check the network/],
  ["a long path", connection("PATH_TOO_LONG"), UNIX, /107 bytes at most.*SOCK-007$/],
  [
    "no password",
    http(401),
    TCP,
    /wants a name and a password\. Give -u NAME -p PASSWORD.*SOCK-014$/,
  ],
  ["a bad password", http(401), { ...TCP, username: "me", password: "x" }, /refuses this password/],
  [
    "another server",
    http(404),
    TCP,
    /something answers at http:\/\/h:9001, but it is not superv.*SOCK-008 SOCK-005$/,
  ],
  ["a failing server", http(500), TCP, /met an error of its own/],
  ["no HTTP", connection("BAD_REPLY"), TCP, /but it is not supervisord/],
  ["a server that hangs up", connection("DISCONNECTED"), TCP, /but it is not supervisord/],
  ["no XML-RPC", other("xmlrpc.client.ResponseError"), TCP, /but it is not supervisord/],
  [
    "a bad URL",
    other("ValueError"),
    { ...TCP, serverUrl: "ftp://x" },
    /a serverurl is http:.*SOCK-006$/,
  ],
  [
    "a shutdown",
    { kind: "fault", code: 6, text: "SHUTDOWN_STATE" },
    UNIX,
    /on its way down.*SOCK-009$/,
  ],
  [
    "a missing interface",
    { kind: "fault", code: 1, text: "UNKNOWN_METHOD" },
    UNIX,
    /lacks \[rpcinterface:supervisor\].*SOCK-013$/,
  ],
];

/** Every code that is named is one of doctor's. */
function assertKnown(sentence: string | null): void {
  const known: readonly string[] = CATALOGUE.map(({ code }) => code);
  for (const [code] of (sentence ?? "").matchAll(/[A-Z]+-\d{3}/g)) {
    assert.ok(known.includes(code), `${code} is no code`);
  }
}

describe("a remedy", () => {
  const diagnose = async (path: string): Promise<string> => `WHY of ${path}`;

  for (const [what, failure, access, says] of ROWS) {
    it(`is there for ${what}`, async () => {
      const sentence = await remedyFor(failure, access, diagnose);
      assert.match(sentence ?? "", says);
      assert.doesNotMatch(sentence ?? "", /\.$/);
      assertKnown(sentence);
    });
  }

  it("is not invented where the error line says it all", async () => {
    const fault: CallFailure = { kind: "fault", code: 10, text: "BAD_NAME" };
    assert.equal(await remedyFor(fault, UNIX, diagnose), null);
    assert.equal(await remedyFor(other("ValueError"), UNIX, diagnose), null);
  });
});

describe("a remedy for starts", () => {
  for (const [fault, says] of [
    ["NO_FILE", /command .* not found\. More: tsv why web or tsv doctor PROG-001$/],
    ["NOT_EXECUTABLE", /may not be executed\. More: tsv why web or tsv doctor PROG-002$/],
    ["ABNORMAL_TERMINATION", /ended before its startsecs .*tsv why web or tsv doctor PROG-009$/],
    ["SPAWN_ERROR", /could not be started\. More: tsv why web$/],
  ] as const) {
    it(`of one program with ${fault} names what explains it`, () => {
      const sentence = remedyForStarts([{ name: "web", fault: FAULT_CODES[fault] }]);
      assert.match(sentence ?? "", says);
      assertKnown(sentence);
    });
  }

  it("of several names each, up to five", () => {
    const failed = Array.from({ length: 7 }, (_, at) => ({
      name: `g:p${at}`,
      fault: FAULT_CODES.SPAWN_ERROR,
    }));
    assert.equal(
      remedyForStarts(failed.slice(0, 2)),
      "2 programs did not start. More: tsv why g:p0, tsv why g:p1",
    );
    assert.match(remedyForStarts(failed) ?? "", /^7 programs .* tsv why g:p4 and so on$/);
  });

  it("says nothing where the result says it all", () => {
    const known = [FAULT_CODES.BAD_NAME, FAULT_CODES.ALREADY_STARTED];
    assert.equal(remedyForStarts(known.map((fault) => ({ name: "x", fault }))), null);
  });
});
