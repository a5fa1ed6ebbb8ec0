// Log lines about clients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { askedText, changesIn, refusedText } from "../../../../src/core/web/audit.ts";
import { ADMIN, NOBODY, SOMEBODY } from "../../../fakes/principals.ts";

test("clients are named by user, address, and the name that they proved", () => {
  assert.equal(askedText("x", ADMIN), "asked: x by admin, 10.0.0.5:3123");
  assert.equal(askedText("x", SOMEBODY), "asked: x by uid 1000, pid 42");
  assert.equal(
    refusedText(NOBODY),
    "wrong user name or password for [inet_http_server] from 10.0.0.5:3123",
  );
});

const CHANGES: readonly (readonly [string, readonly (string | number | boolean)[], string])[] = [
  ["supervisor.startProcess", ["web", true], "supervisor.startProcess(web)"],
  ["supervisor.stopAllProcesses", [], "supervisor.stopAllProcesses()"],
  ["supervisor.signalProcess", ["web", "HUP"], "supervisor.signalProcess(web, HUP)"],
  ["supervisor.signalAllProcesses", [1], "supervisor.signalAllProcesses(1)"],
  ["supervisor.sendProcessStdin", ["web", "secret"], "supervisor.sendProcessStdin(web)"],
  ["supervisor.sendRemoteCommEvent", ["type", "secret"], "supervisor.sendRemoteCommEvent(type)"],
  ["supervisor.shutdown", [], "supervisor.shutdown()"],
  ["supervisor.restart", [], "supervisor.restart()"],
  ["supervisor.reloadConfig", [], "supervisor.reloadConfig()"],
  ["supervisor.addProcessGroup", ["g"], "supervisor.addProcessGroup(g)"],
  ["supervisor.removeProcessGroup", ["g"], "supervisor.removeProcessGroup(g)"],
  ["supervisor.clearProcessLogs", ["web"], "supervisor.clearProcessLogs(web)"],
  ["supervisor.clearLog", [], "supervisor.clearLog()"],
  ["twiddler.addProgramToGroup", ["g", "p", "x"], "twiddler.addProgramToGroup(g)"],
  ["tsv.upgrade", ["/usr/bin/tsv"], "tsv.upgrade(/usr/bin/tsv)"],
  ["cache.clear", [], "cache.clear()"],
];

test("changes are logged with names and without secrets", () => {
  for (const [method, params, text] of CHANGES) {
    assert.deepEqual([...changesIn({ method, params })], [text]);
  }
  const reads = [
    "supervisor.getState",
    "supervisor.readLog",
    "supervisor.tailProcessStdoutLog",
    "system.listMethods",
  ];
  for (const method of [
    ...reads,
    "tsv.checkUpgrade",
    "tsv.getUpgrade",
    "tsv.setWindowSize",
    "supervisor.getVersion",
  ]) {
    assert.deepEqual([...changesIn({ method, params: ["web"] })], []);
  }
});

test("each change of a multicall is logged", () => {
  const calls = [
    { methodName: "supervisor.getState", params: [] },
    ...CHANGES.map(([methodName, params]) => ({ methodName, params: [...params] })),
    "no call",
    { methodName: 5 },
    { methodName: "supervisor.shutdown" },
  ];
  const told = [...changesIn({ method: "system.multicall", params: [calls] })];
  assert.deepEqual(told, [...CHANGES.map(([, , text]) => text), "supervisor.shutdown()"]);
  assert.deepEqual([...changesIn({ method: "system.multicall", params: ["x"] })], []);
  const many = Array(5000).fill({ methodName: "supervisor.shutdown", params: ["x".repeat(5000)] });
  assert.equal([...changesIn({ method: "system.multicall", params: [many] })].length, 1000);
});
