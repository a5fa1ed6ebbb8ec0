// The actions of ctl: lines, answers of the daemon, output and exit status. What Supervisor's actions do in the same situation is
// compared in test/e2e/differential/ctl.slow.test.ts; here are the situations that it does not reach, and tsv's own words.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { findCommand } from "../../../../src/ctl/commands/table.ts";
import { runCommand } from "../../../../src/ctl/context.ts";
import { UnhandledFailure } from "../../../../src/ctl/failure.ts";
import {
  createFakeClient,
  createFakeContext,
  faultAnswer,
  noConnection,
} from "../../../fakes/ctl-client.ts";

type Answers = Parameters<typeof createFakeClient>[0];
type Row = readonly [
  line: string,
  answers: Answers,
  out: string,
  status: number,
  calls?: readonly string[],
];

function info(name: string, state: number, statename: string, group = name): XmlRpcValue {
  const rest = { description: "d", start: 0, stop: 0, now: 0, exitstatus: 0, spawnerr: "" };
  return { name, group, state, statename, pid: state === 20 ? 7 : 0, ...rest };
}

function result(name: string, status: number, description = ""): XmlRpcValue {
  return { name, group: "g", status, description };
}

const YES = ok(true);
const ENDING = faultAnswer("SHUTDOWN_STATE");
const INFOS = {
  getAllProcessInfo: ok([
    info("a", 20, "RUNNING"),
    info("b", 100, "EXITED"),
    info("p", 30, "BACKOFF", "g"),
  ]),
};
/** By the methods for one process alone. */
const EACH: Answers = {
  getProcessInfo: ([name]) => {
    const found = { "a:a": info("a", 20, "RUNNING"), "g:p": info("p", 30, "BACKOFF", "g") };
    const one = found[name as keyof typeof found];
    return one === undefined ? faultAnswer("BAD_NAME", String(name)) : ok(one);
  },
};
const STATUS = {
  a: `a${" ".repeat(32)}RUNNING   d\n`,
  b: `b${" ".repeat(32)}EXITED    d\n`,
  p: `g:p${" ".repeat(30)}BACKOFF   d\n`,
};
const UNKNOWN: Answers = Object.fromEntries(
  ["stopProcess", "startProcess", "stopProcessGroup", "startProcessGroup"].map(
    (method) => [method, faultAnswer("BAD_NAME")] as const,
  ),
);
const CHANGES = ok([[["n"], ["c"], ["r"]]]);
const GROUPS = { stopProcessGroup: ok([]), removeProcessGroup: YES, addProcessGroup: YES };
const OPTIONS = ok([{ group: "c", options: ["command", "stopsignal"] }]);
const REFUSED = faultAnswer("CANT_REREAD", "the port is taken");
const UNREADABLE = faultAnswer("FAILED", "a:a: /root/a.log: EACCES");

/** As supervisorctl. */
const ROWS: readonly Row[] = [
  ["restart x", UNKNOWN, "x: ERROR (no such process)\n".repeat(2), 1],
  ["restart x:*", UNKNOWN, "x: ERROR (no such group)\n".repeat(2), 2],
  ["status a", EACH, STATUS.a, 0, ["getProcessInfo(a:a)"]],
  [
    "status g:p a a:a",
    EACH,
    STATUS.p + STATUS.a + STATUS.a,
    0,
    ["getProcessInfo(g:p)", "getProcessInfo(a:a)"],
  ],
  [
    "status a x",
    { ...EACH, ...INFOS },
    `x: ERROR (no such process)\n${STATUS.a}`,
    4,
    ["getProcessInfo(a:a)", "getProcessInfo(x:x)", "getAllProcessInfo()"],
  ],
  ["status a g:*", INFOS, STATUS.a + STATUS.p, 0, ["getAllProcessInfo()"]],
  ["status a all", INFOS, STATUS.a + STATUS.b + STATUS.p, 3, ["getAllProcessInfo()"]],
  [`status ${"a ".repeat(17).trim()}`, EACH, STATUS.a.repeat(17), 0, ["getProcessInfo(a:a)"]],
  ["start a", { startProcess: faultAnswer("FAILED", "upgrading") }, "FAILED: upgrading\n", 1],
  ["start g:p", { startProcess: YES }, "g:p: started\n", 0, ["startProcess(g:p)"]],
  [
    "start g:*",
    { startProcessGroup: ok([result("p", 80), result("q", 60)]) },
    "g:p: started\ng:q: ERROR (already started)\n",
    0,
    ["startProcessGroup(g)"],
  ],
  [
    "start a all",
    { startAllProcesses: ok([result("p", 80), result("q", 50)]) },
    "g:p: started\ng:q: ERROR (spawn error)\n",
    7,
    ["startAllProcesses()"],
  ],
  ["stop a", { stopProcess: faultAnswer("FAILED", "why") }, "FAILED: why\n", 1],
  ["signal HUP a", { signalProcess: YES }, "a: signalled\n", 0, ["signalProcess(a, HUP)"]],
  [
    "signal HUP g:*",
    { signalProcessGroup: ok([result("p", 80)]) },
    "g:p: signalled\n",
    0,
    ["signalProcessGroup(g, HUP)"],
  ],
  ["clear a", { clearProcessLogs: UNREADABLE }, "a: ERROR (failed)\n", 1],
  ["clear x:*", INFOS, "x: ERROR (no such group)\n", 1],
  ["tail a", { readProcessStdoutLog: ok("x") }, "x\n", 0, ["readProcessStdoutLog(a, -1600, 0)"]],
  [
    "tail -5 a STDERR",
    { readProcessStderrLog: ok("x") },
    "x\n",
    0,
    ["readProcessStderrLog(a, -5, 0)"],
  ],
  [
    "tail a",
    { readProcessStdoutLog: faultAnswer("FAILED") },
    "a: ERROR (unknown error reading log)\n",
    1,
  ],
  ["tail a what's", {}, `Error: bad channel "what's"\n`, 1],
  ["maintail", { readLog: ok("m") }, "m\n", 0, ["readLog(-1600, 0)"]],
  ["maintail", { readLog: faultAnswer("NO_FILE") }, "supervisord: ERROR (no log file)\n", 1],
  ["fg a", { getProcessInfo: ok(info("a", 0, "STOPPED")) }, "ERROR: process not running\n", 1],
  ["avail", { getAllConfigInfo: ENDING }, "ERROR: supervisor shutting down\n", 1],
  ["reread", { reloadConfig: ENDING }, "ERROR: supervisor shutting down\n", 1],
  ["update", { reloadConfig: ENDING }, "ERROR: already shutting down\n", 1],
  ["add g", { addProcessGroup: ENDING }, "ERROR: shutting down\n", 1],
  ["reload", { restart: ENDING }, "ERROR: already shutting down\n", 1],
  ["shutdown", { shutdown: ENDING }, "ERROR: already shutting down\n", 0],
  ["reread", { reloadConfig: CHANGES }, "c: changed\nn: available\nr: disappeared\n", 0],
  ["reread", { reloadConfig: REFUSED }, "ERROR: CANT_REREAD: the port is taken\n", 1],
  [
    "reload",
    { restart: REFUSED },
    "ERROR: CANT_REREAD: the port is taken; nothing was stopped\n",
    1,
  ],
  [
    "update",
    { reloadConfig: CHANGES, ...GROUPS },
    "r: stopped\nr: removed process group\nc: stopped\nc: updated process group\nn: added process group\n",
    0,
    [
      "reloadConfig()",
      ...["stopProcessGroup(r)", "removeProcessGroup(r)"],
      ...[
        "tsv.checkSockets(c)",
        "stopProcessGroup(c)",
        "removeProcessGroup(c)",
        "addProcessGroup(c)",
      ],
      "addProcessGroup(n)",
    ],
  ],
  [
    // update-stopping: Supervisor prints `r: stopped` first.
    "update r",
    { ...INFOS, reloadConfig: CHANGES, stopProcessGroup: ok([result("p", 30)]) },
    "ERROR: no such group: r\nr: has problems; not removing\n",
    1,
  ],
  [
    // update-stopping: Supervisor prints `r: stopped` and the raw fault, and ends.
    "update",
    { reloadConfig: CHANGES, ...GROUPS, removeProcessGroup: faultAnswer("STILL_RUNNING") },
    "ERROR: process/group still running: r\nERROR: process/group still running: c\nn: added process group\n",
    1,
  ],
  [
    // update-order: Supervisor reports unknown groups in the order of a Python set.
    "update y n x a",
    { ...INFOS, reloadConfig: CHANGES, ...GROUPS },
    "ERROR: no such group: y\nERROR: no such group: x\nn: added process group\n",
    1,
  ],
];

/** Under tsv's own name. */
const OWN_ROWS: readonly Row[] = [
  ["restart x", UNKNOWN, "x: ERROR (no such process)\n", 1],
  ["restart x:*", UNKNOWN, "x: ERROR (no such group)\n", 2],
  ["restart a", { ...UNKNOWN, stopProcess: YES, startProcess: YES }, "a: stopped\na: started\n", 0],
  ["clear a", { clearProcessLogs: UNREADABLE }, "a: ERROR (/root/a.log: permission denied)\n", 1],
  ["clear a", { clearProcessLogs: faultAnswer("FAILED", "a") }, "a: ERROR (failed)\n", 1],
  [
    "clear all",
    { clearAllProcessLogs: ok([result("p", 30, "FAILED: g:p: /b: no log")]) },
    "g:p: ERROR (/b: no log)\n",
    1,
  ],
  [
    "reread",
    { reloadConfig: CHANGES, "tsv.getChangedOptions": OPTIONS },
    "c: changed (command, stopsignal)\nn: available\nr: disappeared\n",
    0,
  ],
  // From a daemon that does not report options.
  ["reread", { reloadConfig: CHANGES }, "c: changed\nn: available\nr: disappeared\n", 0],
  [
    "update c",
    {
      ...{ reloadConfig: CHANGES, "tsv.getChangedOptions": OPTIONS, ...GROUPS },
      getAllProcessInfo: ok([info("c", 20, "RUNNING")]),
    },
    "c: stopped\nc: updated process group (command, stopsignal)\n",
    0,
  ],
  [
    "update c",
    {
      ...{ reloadConfig: CHANGES, "tsv.checkSockets": faultAnswer("FAILED", "taken"), ...GROUPS },
      getAllProcessInfo: ok([info("c", 20, "RUNNING")]),
    },
    "c: ERROR (taken); it is as it was\n",
    1,
  ],
];

async function perform(line: string, answers: Answers, isOwn = false) {
  const client = createFakeClient(answers);
  const { context, terminal } = createFakeContext(client, { isOwn });
  const [name = "", ...words] = line.split(" ");
  const command = findCommand(name);
  assert.ok(command !== null);
  await runCommand(command, context, words.join(" "));
  return { out: terminal.written(), status: context.exitStatus, calls: client.calls };
}

for (const [who, rows] of [
  ["supervisorctl", ROWS],
  ["tsv", OWN_ROWS],
] as const) {
  describe(who, () => {
    for (const [line, answers, out, status, calls] of rows) {
      it(`${line}: ${out.trim().split("\n").join(" / ")} (${status})`, async () => {
        const done = await perform(line, answers, who === "tsv");
        assert.deepEqual([done.out, done.status], [out, status]);
        if (calls !== undefined) assert.deepEqual(done.calls, calls);
      });
    }
  });
}

describe("the actions", () => {
  const methods = [
    ...["startProcess", "stopProcess", "clearProcessLogs", "readProcessStdoutLog"],
    ...["getAllConfigInfo", "reloadConfig", "addProcessGroup", "removeProcessGroup", "restart"],
    "getSupervisorVersion",
  ];
  const lost = Object.fromEntries(methods.map((method) => [method, noConnection("ECONNRESET")]));

  for (const line of [
    ...["start a", "stop a", "clear a", "tail a", "avail", "reread", "update", "add a"],
    ...["remove a", "reload", "version"],
  ]) {
    it(`${line}: pass on failures that they have no words for`, async () => {
      await assert.rejects(perform(line, lost), UnhandledFailure);
    });
  }

  for (const [answer, isDone] of [
    ["y", true],
    ["Yes", true],
    ["n", false],
    ["", false],
    [null, false],
  ] as const) {
    it(`ask a person before the daemon ends: ${answer ?? "the end of input"} (confirm-eof)`, async () => {
      for (const name of ["shutdown", "reload"]) {
        const client = createFakeClient({ shutdown: YES, restart: YES });
        const lines = answer === null ? [] : [answer];
        const { context, terminal } = createFakeContext(client, { interactive: true, lines });
        await findCommand(name)?.run(context, [], "");
        assert.deepEqual([client.calls.length, context.exitStatus], [isDone ? 1 : 0, 0]);
        if (answer === null) assert.match(terminal.written(), /^Really .* y\/N\? \n$/);
      }
    });
  }
});
