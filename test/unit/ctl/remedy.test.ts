// What ctl tells a person to do: one sentence for each kind of failure, which names the thing to change.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CtlAccess } from "../../../src/ctl/client.ts";
import type { CallFailure } from "../../../src/ctl/failure.ts";
import { remedyFor } from "../../../src/ctl/remedy.ts";

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
  ["no socket", connection("ENOENT"), UNIX, /no such socket\. Start supervisord, or .*-s URL/],
  ["a dead socket", connection("ECONNREFUSED"), UNIX, /nobody listens: supervisord has ended/],
  ["a closed port", connection("ECONNREFUSED"), TCP, /nothing listens at http:\/\/h:9001.*port in/],
  [
    "no permission",
    connection("EACCES"),
    UNIX,
    /may not use the socket: WHY of \/run\/s\. Use sudo/,
  ],
  ["an unknown host", connection("ENOTFOUND"), TCP, /name of the host in http:\/\/h:9001 is not/],
  ["an unreachable host", connection("EHOSTUNREACH"), TCP, /cannot be reached. Check the network/],
  ["a long path", connection("PATH_TOO_LONG"), UNIX, /107 bytes at most/],
  ["no password", http(401), TCP, /wants a name and a password\. Give -u NAME -p PASSWORD/],
  ["a bad password", http(401), { ...TCP, username: "me", password: "x" }, /refuses this password/],
  ["another server", http(404), TCP, /something answers at http:\/\/h:9001, but it is not superv/],
  ["a failing server", http(500), TCP, /met an error of its own/],
  ["no HTTP", connection("BAD_REPLY"), TCP, /but it is not supervisord/],
  ["a server that hangs up", connection("DISCONNECTED"), TCP, /but it is not supervisord/],
  ["no XML-RPC", other("xmlrpc.client.ResponseError"), TCP, /but it is not supervisord/],
  ["a bad URL", other("ValueError"), { ...TCP, serverUrl: "ftp://x" }, /a serverurl is http:/],
  ["a shutdown", { kind: "fault", code: 6, text: "SHUTDOWN_STATE" }, UNIX, /on its way down/],
];

describe("a remedy", () => {
  const diagnose = async (path: string): Promise<string> => `WHY of ${path}`;

  for (const [what, failure, access, says] of ROWS) {
    it(`is there for ${what}`, async () => {
      const sentence = await remedyFor(failure, access, diagnose);
      assert.match(sentence ?? "", says);
      assert.doesNotMatch(sentence ?? "", /\.$/);
    });
  }

  it("is not invented where the error line says it all", async () => {
    const fault: CallFailure = { kind: "fault", code: 10, text: "BAD_NAME" };
    assert.equal(await remedyFor(fault, UNIX, diagnose), null);
    assert.equal(await remedyFor(other("ValueError"), UNIX, diagnose), null);
  });
});
