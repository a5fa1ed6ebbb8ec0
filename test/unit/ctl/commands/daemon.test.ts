// shutdown, reload, version, status, open, exit, help, also without a daemon.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { findCommand } from "../../../../src/ctl/commands/table.ts";
import { UnhandledFailure } from "../../../../src/ctl/failure.ts";
import {
  createFakeClient,
  createFakeContext,
  faultAnswer,
  noConnection,
} from "../../../fakes/ctl-client.ts";
import { perform, SHUTTING, testRows, YES } from "./rows.ts";

testRows("the actions on the daemon and the shell", [
  { line: "shutdown", answers: { shutdown: YES }, out: "Shut down\n", status: 0 },
  {
    line: "shutdown",
    answers: { shutdown: SHUTTING },
    out: "ERROR: already shutting down\n",
    status: 0,
  },
  {
    line: "shutdown",
    answers: { shutdown: noConnection("ENOENT") },
    out: "ERROR: unix:///s no such file (already shut down?)\n",
    status: 1,
  },
  { line: "reload", answers: { restart: YES }, out: "Restarted supervisord\n", status: 0 },
  {
    line: "reload",
    answers: { restart: SHUTTING },
    out: "ERROR: already shutting down\n",
    status: 1,
  },
  {
    line: "reload",
    answers: { restart: faultAnswer("CANT_REREAD", "the port is taken") },
    out: "ERROR: CANT_REREAD: the port is taken; nothing was stopped\n",
    status: 1,
  },
  { line: "version", answers: { getSupervisorVersion: ok("4.2.5") }, out: "4.2.5\n", status: 0 },
  {
    line: "status",
    answers: { getVersion: noConnection("ENOENT") },
    out: "unix:///s no such file\n",
    status: 4,
  },
  { line: "open ftp://x", answers: {}, out: "ERROR: url must be http:// or unix://\n", status: 1 },
  { line: "exit", answers: {}, out: "\n", status: 0 },
  { line: "help nope", answers: {}, out: "*** No help on nope\n", status: 0 },
  {
    line: "start a",
    answers: { getVersion: noConnection("ECONNREFUSED") },
    out: "unix:///s refused connection\n",
    status: 4,
  },
  {
    line: "start a",
    answers: { getVersion: noConnection("ENOENT") },
    out: "unix:///s no such file\n",
    status: 7,
  },
]);

describe("the actions", () => {
  it("hand on the failures that they have no words for", async () => {
    for (const line of [
      "start a",
      "stop a",
      "clear a",
      "tail a",
      "avail",
      "reread",
      "update",
      "add a",
      "remove a",
      "reload",
      "version",
    ]) {
      const failing = (): CallResult => noConnection("ECONNRESET");
      const answers = Object.fromEntries(
        [
          "startProcess",
          "stopProcess",
          "clearProcessLogs",
          "readProcessStdoutLog",
          "getAllConfigInfo",
          "reloadConfig",
          "addProcessGroup",
          "removeProcessGroup",
          "restart",
          "getSupervisorVersion",
        ].map((method) => [method, failing]),
      );
      await assert.rejects(perform({ line, answers }), UnhandledFailure, line);
    }
  });

  it("take the end of input for a no (confirm-eof)", async () => {
    for (const name of ["shutdown", "reload"]) {
      const client = createFakeClient({ shutdown: YES, restart: YES });
      const { context, terminal } = createFakeContext(client, { interactive: true });
      await findCommand(name)?.run(context, [], "");
      assert.deepEqual([client.calls, context.exitStatus], [[], 0]);
      assert.match(terminal.written(), /^Really .* y\/N\? \n$/);
    }
  });

  it("ask before ending the daemon when a person is there", async () => {
    for (const [answer, asked] of [
      ["y", 1],
      ["Yes", 1],
      ["n", 0],
      ["", 0],
    ] as const) {
      const client = createFakeClient({ shutdown: YES });
      const { context } = createFakeContext(client, { interactive: true, lines: [answer] });
      await findCommand("shutdown")?.run(context, [], "");
      assert.equal(client.calls.length, asked, answer);
    }
  });
});
