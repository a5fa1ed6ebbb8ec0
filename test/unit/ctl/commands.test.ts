// Every line and exit status of the actions, against a supervisor that answers from a table.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ok } from "../../../src/core/base/result.ts";
import { FAULT_CODES } from "../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../src/core/xmlrpc/value.ts";
import type { CallResult } from "../../../src/ctl/client.ts";
import { findCommand } from "../../../src/ctl/commands/table.ts";
import { UnhandledFailure } from "../../../src/ctl/failure.ts";
import {
  createFakeClient,
  createFakeContext,
  faultAnswer,
  noConnection,
} from "../../fakes/ctl-client.ts";

type Answers = Parameters<typeof createFakeClient>[0];

interface Row {
  readonly line: string;
  readonly answers: Answers;
  /** Standard output; help after an error is left out. */
  readonly out: string;
  readonly status: number;
  readonly calls?: readonly string[];
}

function info(name: string, state: number, statename: string, pid = 0, group = name): XmlRpcValue {
  const rest = { description: "d", start: 0, stop: 0, now: 0, exitstatus: 0, spawnerr: "" };
  return { name, group, state, statename, pid, ...rest };
}

function result(name: string, status: number, group = name): XmlRpcValue {
  return { name, group, status, description: "text" };
}

const YES = ok(true);
const byName =
  (answers: Readonly<Record<string, CallResult>>) =>
  (params: readonly XmlRpcValue[]): CallResult =>
    answers[String(params[0])] ?? faultAnswer("BAD_NAME", String(params[0]));

const starts = {
  startProcess: byName({
    good: YES,
    "g:p": YES,
    nofile: faultAnswer("NO_FILE"),
    noexec: faultAnswer("NOT_EXECUTABLE"),
    up: faultAnswer("ALREADY_STARTED"),
    bad: faultAnswer("SPAWN_ERROR"),
    odd: faultAnswer("ABNORMAL_TERMINATION"),
  }),
  startProcessGroup: byName({ g: ok([result("p", 80, "g"), result("q", 60, "g")]) }),
  startAllProcesses: ok([result("a", FAULT_CODES.SUCCESS), result("b", FAULT_CODES.SPAWN_ERROR)]),
};

const infos = {
  getAllProcessInfo: ok([
    info("a", 20, "RUNNING", 7),
    info("b", 100, "EXITED"),
    info("p", 30, "BACKOFF", 0, "g"),
  ]),
};

const shutting = faultAnswer("SHUTDOWN_STATE");
const added = ok([[["n"], ["c"], ["r"]]]);

const ROWS: readonly Row[] = [
  { line: "start good", answers: starts, out: "good: started\n", status: 0 },
  { line: "start g:p", answers: starts, out: "g:p: started\n", status: 0 },
  { line: "start nope", answers: starts, out: "nope: ERROR (no such process)\n", status: 1 },
  { line: "start nofile", answers: starts, out: "nofile: ERROR (no such file)\n", status: 1 },
  {
    line: "start noexec",
    answers: starts,
    out: "noexec: ERROR (file is not executable)\n",
    status: 1,
  },
  { line: "start up", answers: starts, out: "up: ERROR (already started)\n", status: 0 },
  { line: "start bad", answers: starts, out: "bad: ERROR (spawn error)\n", status: 7 },
  { line: "start odd", answers: starts, out: "odd: ERROR (abnormal termination)\n", status: 7 },
  {
    line: "start g:*",
    answers: starts,
    out: "g:p: started\ng:q: ERROR (already started)\n",
    status: 0,
  },
  { line: "start x:", answers: starts, out: "x: ERROR (no such group)\n", status: 2 },
  { line: "start x all", answers: starts, out: "a: started\nb: ERROR (spawn error)\n", status: 7 },
  {
    line: "start nope bad",
    answers: starts,
    out: "nope: ERROR (no such process)\nbad: ERROR (spawn error)\n",
    status: 7,
  },
  {
    line: "start bad nope good",
    answers: starts,
    out: "bad: ERROR (spawn error)\nnope: ERROR (no such process)\ngood: started\n",
    status: 1,
  },
  { line: "start", answers: {}, out: "Error: start requires a process name\n", status: 2 },
  { line: "stop", answers: {}, out: "Error: stop requires a process name\n", status: 1 },
  { line: "restart", answers: {}, out: "Error: restart requires a process name\n", status: 1 },
  { line: "clear", answers: {}, out: "Error: clear requires a process name\n", status: 1 },
  { line: "stop a", answers: { stopProcess: YES }, out: "a: stopped\n", status: 0 },
  {
    line: "stop a",
    answers: { stopProcess: faultAnswer("NOT_RUNNING") },
    out: "a: ERROR (not running)\n",
    status: 0,
  },
  {
    line: "stop a",
    answers: { stopProcess: faultAnswer("FAILED", "why") },
    out: "FAILED: why\n",
    status: 1,
  },
  {
    line: "stop a:",
    answers: { stopProcessGroup: faultAnswer("BAD_NAME") },
    out: "a: ERROR (no such group)\n",
    status: 1,
  },
  {
    line: "restart a",
    answers: { stopProcess: faultAnswer("NOT_RUNNING"), startProcess: YES },
    out: "a: ERROR (not running)\na: started\n",
    status: 0,
  },
  {
    line: "signal HUP a",
    answers: { signalProcess: YES },
    out: "a: signalled\n",
    status: 0,
    calls: ["signalProcess(a, HUP)"],
  },
  {
    line: "signal X a",
    answers: { signalProcess: faultAnswer("BAD_SIGNAL") },
    out: "a: ERROR (bad signal name)\n",
    status: 1,
  },
  {
    line: "signal HUP a",
    answers: { signalProcess: faultAnswer("NOT_RUNNING") },
    out: "a: ERROR (not running)\n",
    status: 7,
  },
  {
    line: "signal HUP",
    answers: {},
    out: "Error: signal requires a signal name and a process name\n",
    status: 1,
  },
  {
    line: "signal HUP g:*",
    answers: { signalProcessGroup: ok([result("p", 80, "g")]) },
    out: "g:p: signalled\n",
    status: 0,
    calls: ["signalProcessGroup(g, HUP)"],
  },
  { line: "clear a", answers: { clearProcessLogs: YES }, out: "a: cleared\n", status: 0 },
  {
    line: "clear a",
    answers: { clearProcessLogs: faultAnswer("FAILED") },
    out: "a: ERROR (failed)\n",
    status: 1,
  },
  {
    line: "clear g:*",
    answers: { ...infos, clearProcessLogs: YES },
    out: "g:p: cleared\n",
    status: 0,
  },
  { line: "clear x:*", answers: infos, out: "x: ERROR (no such group)\n", status: 1 },
  { line: "pid", answers: { getPID: ok(42) }, out: "42\n", status: 0 },
  { line: "pid all", answers: infos, out: "7\n0\n0\n", status: 0 },
  {
    line: "pid a b",
    answers: { getProcessInfo: byName({ a: ok(info("a", 20, "RUNNING", 7)) }) },
    out: "7\nNo such process b\n",
    status: 1,
  },
  {
    line: "pid b",
    answers: { getProcessInfo: ok(info("b", 0, "STOPPED")) },
    out: "0\n",
    status: 7,
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: ok("text\n") },
    out: "text\n\n",
    status: 0,
    calls: ["readProcessStdoutLog(a, -1600, 0)"],
  },
  {
    line: "tail -5 a STDERR",
    answers: { readProcessStderrLog: ok("x") },
    out: "x\n",
    status: 0,
    calls: ["readProcessStderrLog(a, -5, 0)"],
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("NO_FILE") },
    out: "a: ERROR (no log file)\n",
    status: 1,
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("FAILED") },
    out: "a: ERROR (unknown error reading log)\n",
    status: 1,
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("BAD_NAME") },
    out: "a: ERROR (no such process name)\n",
    status: 1,
  },
  { line: "tail", answers: {}, out: "Error: too few arguments\n", status: 1 },
  { line: "tail a b c d", answers: {}, out: "Error: too many arguments\n", status: 1 },
  { line: "tail -f", answers: {}, out: "Error: tail requires process name\n", status: 1 },
  { line: "tail a what's", answers: {}, out: `Error: bad channel "what's"\n`, status: 1 },
  { line: "tail -x a", answers: {}, out: "Error: bad argument -x\n", status: 1 },
  {
    line: "maintail",
    answers: { readLog: ok("m") },
    out: "m\n",
    status: 0,
    calls: ["readLog(-1600, 0)"],
  },
  { line: "maintail x", answers: {}, out: "Error: bad argument x\n", status: 1 },
  {
    line: "maintail",
    answers: { readLog: faultAnswer("NO_FILE") },
    out: "supervisord: ERROR (no log file)\n",
    status: 1,
  },
  {
    line: "avail",
    answers: { getAllConfigInfo: shutting },
    out: "ERROR: supervisor shutting down\n",
    status: 1,
  },
  {
    line: "reread",
    answers: { reloadConfig: added },
    out: "c: changed\nn: available\nr: disappeared\n",
    status: 0,
  },
  {
    line: "reread",
    answers: { reloadConfig: ok([[[], [], []]]) },
    out: "No config updates to processes\n",
    status: 0,
  },
  {
    line: "reread",
    answers: { reloadConfig: faultAnswer("CANT_REREAD", "bad") },
    out: "ERROR: CANT_REREAD: bad\n",
    status: 1,
  },
  {
    line: "reread",
    answers: { reloadConfig: shutting },
    out: "ERROR: supervisor shutting down\n",
    status: 1,
  },
  { line: "add g", answers: { addProcessGroup: YES }, out: "g: added process group\n", status: 0 },
  {
    line: "add g",
    answers: { addProcessGroup: faultAnswer("ALREADY_ADDED") },
    out: "ERROR: process group already active\n",
    status: 0,
  },
  {
    line: "add g",
    answers: { addProcessGroup: faultAnswer("BAD_NAME") },
    out: "ERROR: no such process/group: g\n",
    status: 1,
  },
  {
    line: "add g",
    answers: { addProcessGroup: shutting },
    out: "ERROR: shutting down\n",
    status: 1,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: YES },
    out: "g: removed process group\n",
    status: 0,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: faultAnswer("STILL_RUNNING") },
    out: "ERROR: process/group still running: g\n",
    status: 1,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: faultAnswer("BAD_NAME") },
    out: "ERROR: no such process/group: g\n",
    status: 1,
  },
  {
    line: "update",
    answers: {
      reloadConfig: added,
      stopProcessGroup: ok([]),
      removeProcessGroup: YES,
      addProcessGroup: YES,
    },
    out: "r: stopped\nr: removed process group\nc: stopped\nc: updated process group\nn: added process group\n",
    status: 0,
    calls: [
      "reloadConfig()",
      "stopProcessGroup(r)",
      "removeProcessGroup(r)",
      "stopProcessGroup(c)",
      "removeProcessGroup(c)",
      "addProcessGroup(c)",
      "addProcessGroup(n)",
    ],
  },
  {
    line: "update r",
    answers: { ...infos, reloadConfig: added, stopProcessGroup: ok([result("r", 30)]) },
    out: "ERROR: no such group: r\nr: stopped\nr: has problems; not removing\n",
    status: 1,
  },
  {
    line: "update n x",
    answers: { ...infos, reloadConfig: added, addProcessGroup: YES },
    out: "ERROR: no such group: x\nn: added process group\n",
    status: 1,
  },
  {
    // update-order: Supervisor names unknown groups in the order of a Python set.
    line: "update y n x a",
    answers: { ...infos, reloadConfig: added, addProcessGroup: YES },
    out: "ERROR: no such group: y\nERROR: no such group: x\nn: added process group\n",
    status: 1,
  },
  {
    line: "update",
    answers: { reloadConfig: shutting },
    out: "ERROR: already shutting down\n",
    status: 1,
  },
  { line: "shutdown", answers: { shutdown: YES }, out: "Shut down\n", status: 0 },
  {
    line: "shutdown",
    answers: { shutdown: shutting },
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
    answers: { restart: shutting },
    out: "ERROR: already shutting down\n",
    status: 1,
  },
  { line: "version", answers: { getSupervisorVersion: ok("4.2.5") }, out: "4.2.5\n", status: 0 },
  { line: "fg", answers: {}, out: "ERROR: no process name supplied\n", status: 1 },
  { line: "fg a b", answers: {}, out: "ERROR: too many process names supplied\n", status: 1 },
  {
    line: "fg a",
    answers: { getProcessInfo: faultAnswer("BAD_NAME") },
    out: "ERROR: bad process name supplied\n",
    status: 1,
  },
  {
    line: "fg a",
    answers: { getProcessInfo: ok(info("a", 0, "STOPPED")) },
    out: "ERROR: process not running\n",
    status: 1,
  },
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
  {
    line: "status",
    answers: { getVersion: noConnection("ENOENT") },
    out: "unix:///s no such file\n",
    status: 4,
  },
  { line: "open ftp://x", answers: {}, out: "ERROR: url must be http:// or unix://\n", status: 1 },
  { line: "exit", answers: {}, out: "\n", status: 0 },
  { line: "help nope", answers: {}, out: "*** No help on nope\n", status: 0 },
];

async function perform(
  row: Row,
): Promise<{ out: string; status: number; calls: readonly string[] }> {
  const client = createFakeClient(row.answers);
  const { context, terminal } = createFakeContext(client);
  const [name = "", ...words] = row.line.split(" ");
  await findCommand(name)?.run(context, words.join(" "));
  const isMisuse = /^(Error: .*(requires a|too (few|many))|ERROR: no process name)/.test(
    terminal.written(),
  );
  const out = isMisuse ? terminal.written().replace(/\n[\s\S]*/, "\n") : terminal.written();
  return { out, status: context.exitStatus, calls: client.calls };
}

describe("the actions", () => {
  for (const row of ROWS) {
    it(`${row.line}: ${row.out.trim().split("\n").join(" / ")} (${row.status})`, async () => {
      const { out, status, calls } = await perform(row);
      assert.deepEqual([out, status], [row.out, row.status]);
      if (row.calls !== undefined) assert.deepEqual(calls, row.calls);
    });
  }

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
      await assert.rejects(perform({ line, answers, out: "", status: 0 }), UnhandledFailure, line);
    }
  });

  it("take the end of input for a no (confirm-eof)", async () => {
    for (const name of ["shutdown", "reload"]) {
      const client = createFakeClient({ shutdown: YES, restart: YES });
      const { context, terminal } = createFakeContext(client, { interactive: true });
      await findCommand(name)?.run(context, "");
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
      await findCommand("shutdown")?.run(context, "");
      assert.equal(client.calls.length, asked, answer);
    }
  });
});
