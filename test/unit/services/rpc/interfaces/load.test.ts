// A user's module: its methods, and that its errors reach only the client that called; supervisor_twiddler; and factories
// that tsv does not serve.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../../src/core/base/result.ts";
import { fault } from "../../../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../../../src/core/xmlrpc/value.ts";
import type { RpcModuleFactory } from "../../../../../src/services/rpc/interfaces/load.ts";
import { callAny } from "../rig.ts";
import { type Served, section, serve } from "./rig.ts";

const MODULE = section("x", "./x.mjs", { greeting: "hi" });

function load(factory: unknown): Promise<Served> {
  return serve([MODULE], { "/etc/x.mjs": factory });
}

const example: RpcModuleFactory = (api, options) => ({
  greet: {
    doc: "Greets.\n@param string name  whom\n@param int [times]\n@return string",
    run: (name: string, times = 1) => `${options["greeting"]} ${name}`.repeat(times),
  },
  async states() {
    const all = await api.call("supervisor.getAllProcessInfo");
    return (all as { name: string }[]).map(({ name }) => name);
  },
  note: (text: string) => api.log(text, "WARN"),
  refuse() {
    throw api.fault("BAD_NAME", "nobody");
  },
  pass: () => api.call("supervisor.startProcess", "nobody"),
  _hidden: () => 1,
});

test("its methods are called, listed and described", async () => {
  const { rpc, activity } = await load(example);
  assert.equal(await callAny(rpc, "x.greet", ["you"]), "hi you");
  assert.equal(await callAny(rpc, "x.greet", ["you", 2]), "hi youhi you");
  assert.deepEqual(await callAny(rpc, "x.states"), ["web"]);
  assert.equal(await callAny(rpc, "x.note", ["careful"]), true);
  assert.deepEqual(activity.lines, ["WARN careful"]);
  const names = rpc.methodNames().filter((name) => name.startsWith("x."));
  assert.deepEqual(names, ["x.greet", "x.note", "x.pass", "x.refuse", "x.states"]);
  assert.deepEqual(await callAny(rpc, "system.methodSignature", ["x.greet"]), [
    "string",
    "string",
    "int",
  ]);
  assert.match(String(await callAny(rpc, "system.methodHelp", ["x.greet"])), /^Greets\.\n@param/);
  assert.equal(await callAny(rpc, "system.methodSignature", ["x.note"]), "4 SIGNATURE_UNSUPPORTED");
});

test("faults that it throws or meets reach the client as they are", async () => {
  const { rpc } = await load(example);
  assert.equal(await callAny(rpc, "x.refuse"), "10 BAD_NAME: nobody");
  assert.equal(await callAny(rpc, "x.pass"), "10 BAD_NAME: nobody");
});

test("the doc string's parameters are checked before it is called", async () => {
  const { rpc } = await load(example);
  assert.equal(await callAny(rpc, "x.greet"), "2 INCORRECT_PARAMETERS");
  assert.equal(await callAny(rpc, "x.greet", ["a", 1, 2]), "2 INCORRECT_PARAMETERS");
  assert.equal(
    await callAny(rpc, "x.greet", [5]),
    "2 INCORRECT_PARAMETERS: name must be of type string",
  );
});

test("an error in a method is FAILED for the client and a line with its stack in the log", async () => {
  const { rpc, activity } = await load(() => ({
    sync() {
      throw new TypeError("broken");
    },
    async later() {
      await Promise.resolve();
      throw "a text";
    },
  }));
  assert.equal(await callAny(rpc, "x.sync"), "30 FAILED: broken");
  assert.equal(await callAny(rpc, "x.later"), "30 FAILED: a text");
  assert.match(activity.lines[0] ?? "", /^ERRO x\.sync failed: TypeError: broken\n +at /);
  assert.equal(activity.lines[1], "ERRO x.later failed: a text");
});

test("values are converted both ways; a value that XML-RPC cannot represent is FAILED", async () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const answers: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    half: 0.5,
    whole: 3,
    deep: { a: [1, "b", { c: false }], gone: undefined },
    bytes: new Uint8Array([1, 2]),
    empty: null,
    late: new Date(0),
    endless: circle,
    huge: 2n ** 70n,
    infinite: Number.POSITIVE_INFINITY,
  };
  const { rpc } = await load(() => ({
    give: (key: string) => answers[key],
    shape: (value: unknown) => JSON.stringify(value),
  }));
  const give = (key: string): Promise<unknown> => callAny(rpc, "x.give", [key]);
  assert.equal(await give("nothing"), true);
  assert.deepEqual(await give("half"), { kind: "double", value: 0.5 });
  assert.equal(await give("whole"), 3);
  assert.deepEqual(await give("deep"), { a: [1, "b", { c: false }] });
  assert.deepEqual(await give("bytes"), new Uint8Array([1, 2]));
  for (const [key, what] of [
    ["empty", "null"],
    ["late", "an object of class Date"],
    ["endless", "a value that is nested too deeply, or contains itself"],
    ["huge", "a bigint"],
    ["infinite", "Infinity"],
  ] as const) {
    assert.equal(
      await give(key),
      `30 FAILED: the method returned ${what}, which XML-RPC cannot represent`,
    );
  }
  const sent: XmlRpcValue = {
    half: { kind: "double", value: 1 },
    day: { kind: "date", iso8601: "20260101T00:00:00" },
    list: [true, "x"],
  };
  assert.equal(
    await callAny(rpc, "x.shape", [sent]),
    '{"half":1,"day":"20260101T00:00:00","list":[true,"x"]}',
  );
});

test("an invalid module is a warning with the reason, and others are served", async () => {
  const rows: readonly (readonly [unknown, RegExp])[] = [
    ["/etc/x.mjs does not exist", /: \/etc\/x\.mjs does not exist$/],
    [5, /its export is not a function/],
    [
      () => {
        throw new Error("no luck");
      },
      /its factory failed: Error: no luck/,
    ],
    [async () => ({}), /must return an object of methods, not a promise/],
    [() => null, /must return an object/],
    [() => ({ a: 5 }), /its method a cannot be served: it is neither a function/],
    [
      () => ({ "a.b": () => 1 }),
      /its method a\.b cannot be served: a name can only contain letters/,
    ],
    [() => ({ a: { doc: 1, run: () => 1 } }), /its doc is not a string/],
    [() => ({ a: { doc: "@param x", run: () => 1 } }), /"@param x": the type must be/],
  ];
  for (const [factory, reason] of rows) {
    const { rpc, activity } = await load(factory);
    assert.equal(activity.lines.length, 1);
    assert.match(activity.lines[0] ?? "", /^WARN \[rpcinterface:x\] \(\/etc\/d\.conf, line 7\)/);
    assert.match(activity.lines[0] ?? "", reason);
    assert.equal(await callAny(rpc, "supervisor.getPID"), 4242);
  }
});

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
