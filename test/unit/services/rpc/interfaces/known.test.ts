// supervisor_twiddler, and factories that tsv does not serve.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../../src/core/base/result.ts";
import { fault } from "../../../../../src/core/xmlrpc/faults.ts";
import { callAny } from "../rig.ts";
import { section, serve } from "./module.test.ts";

const CACHE = "supervisor_cache.rpcinterface:make_cache_rpcinterface";
const TWIDDLER = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";

test("the twiddler hands programs and processes to the supervisor", async () => {
  const { rpc, supervisor } = await serve([section("t", TWIDDLER)]);
  assert.equal(await callAny(rpc, "t.getAPIVersion"), "0.3");
  assert.deepEqual(await callAny(rpc, "t.getGroupNames"), ["web"]);
  const options = { command: "/bin/x", startsecs: 0, autostart: false };
  assert.equal(await callAny(rpc, "t.addProgramToGroup", ["web", "x", options]), true);
  assert.equal(await callAny(rpc, "t.removeProcessFromGroup", ["web", "web"]), true);
  assert.deepEqual(supervisor.calls, [
    'add web x {"command":"/bin/x","startsecs":"0","autostart":"false"}',
    "remove web:web",
  ]);
  supervisor.answers.set("add web:y", err(fault("BAD_NAME", "y")));
  assert.equal(await callAny(rpc, "t.addProgramToGroup", ["web", "y", {}]), "10 BAD_NAME: y");
  assert.equal(
    await callAny(rpc, "t.removeProcessFromGroup", ["no", "x"]),
    "10 BAD_NAME: group: no",
  );
  assert.equal(await callAny(rpc, "t.removeProcessFromGroup", ["web", "x"]), "10 BAD_NAME: x");
  assert.match(
    String(await callAny(rpc, "t.addProgramToGroup", ["web", "x", { command: ["a"] }])),
    /^2 INCORRECT_PARAMETERS: option command must be a string/,
  );
});

test("the twiddler writes into the activity log at a level given by name or number", async () => {
  const { rpc, activity } = await serve([section("t", TWIDDLER)]);
  for (const params of [["one"], ["two", "warn"], ["three", 50]]) {
    assert.equal(await callAny(rpc, "t.log", params), true);
  }
  assert.deepEqual(activity.lines, ["INFO one", "WARN two", "CRIT three"]);
  assert.match(String(await callAny(rpc, "t.log", ["x", "loud"])), /^2 INCORRECT_PARAMETERS/);
});

test("with a whitelist the other methods are listed, and a fault", async () => {
  const { rpc, supervisor } = await serve([
    section("t", TWIDDLER, { whitelist: "getAPIVersion, getGroupNames" }),
  ]);
  assert.deepEqual(await callAny(rpc, "t.getGroupNames"), ["web"]);
  assert.equal(
    await callAny(rpc, "t.addProgramToGroup", ["web", "x", {}]),
    "230 NOT_IN_WHITELIST: addProgramToGroup",
  );
  assert.ok(rpc.methodNames().includes("t.addProgramToGroup"));
  assert.deepEqual(supervisor.calls, []);
});

test("methods are refused while the daemon stops, and described by system.*", async () => {
  const { rpc, supervisor } = await serve([section("t", TWIDDLER)]);
  assert.match(String(await callAny(rpc, "system.methodHelp", ["t.log"])), /Writes a line/);
  assert.deepEqual(await callAny(rpc, "system.methodSignature", ["t.log"]), [
    "boolean",
    "string",
    "string",
  ]);
  supervisor.daemonState = "SHUTDOWN";
  assert.equal(await callAny(rpc, "t.getGroupNames"), "6 SHUTDOWN_STATE");
});

test("python-interfaces: an unavailable interface is a warning with file, line and key", async () => {
  const { rpc, activity } = await serve([
    section("x", "mine.rpc:make"),
    section("t", TWIDDLER, { whitelists: "a" }),
    section("system", "./m.mjs"),
    section("cache", CACHE),
  ]);
  assert.deepEqual(
    activity.lines.map((line) => line.replace(/ it is a Python factory.*/, " PYTHON")),
    [
      "WARN [rpcinterface:x] (/etc/d.conf, line 7): its methods are not available: supervisor.rpcinterface_factory=mine.rpc:make: PYTHON",
      `WARN [rpcinterface:t] (/etc/d.conf, line 7): its methods are not available: supervisor.rpcinterface_factory=${TWIDDLER}: unknown key whitelists; only whitelist is allowed`,
      "WARN [rpcinterface:system] (/etc/d.conf, line 7): its methods are not available: supervisor.rpcinterface_factory=./m.mjs: the namespace system is tsv's own",
      `WARN [rpcinterface:cache] (/etc/d.conf, line 7): its methods are not available: supervisor.rpcinterface_factory=${CACHE}: tsv has no cache: keep the values in a file, or write a JavaScript module (docs/plugins.md)`,
    ],
  );
  assert.equal(await callAny(rpc, "cache.getCount"), "1 UNKNOWN_METHOD");
});
