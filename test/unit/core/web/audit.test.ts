// Log lines about clients, and how long the answer to a wrong password waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  askedText,
  changesIn,
  FailedLogins,
  notPermittedText,
  refusedText,
} from "../../../../src/core/web/audit.ts";
import { ADMIN, NOBODY, SOMEBODY } from "../../../fakes/principals.ts";
import { fc } from "../../../property.ts";

test("a line about what was not permitted names the method and the client", () => {
  assert.equal(
    notPermittedText("supervisor.shutdown", ADMIN),
    "not permitted: supervisor.shutdown to admin, 10.0.0.5:3123",
  );
});

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

test("each wrong password of a peer waits longer, up to a bound, and others do not", () => {
  const failed = new FailedLogins();
  let now = 0;
  const waits = Array.from({ length: 8 }, () => {
    const wait = failed.failed("10.0.0.5", now);
    now += wait;
    return wait;
  });
  assert.deepEqual(waits, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  assert.equal(failed.failed("10.0.0.6", now), 50);
  assert.equal(failed.failed("10.0.0.5", now + 61_000), 50);
});

test("tries at the same time wait for one another", () => {
  const failed = new FailedLogins();
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => failed.failed("uid 1000", 0)),
    [50, 150, 350, 750, 1550, 2000],
  );
});

test("no wait is longer than two seconds, and no more than 256 peers are remembered", () => {
  const failed = new FailedLogins();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2000), fc.nat(100))), (tries) => {
      let now = 0;
      for (const [peer, step] of tries) {
        now += step;
        const wait = failed.failed(`peer ${peer}`, now);
        assert.ok(wait > 0 && wait <= 2000);
        assert.ok(failed.size <= 256);
      }
    }),
  );
});
