// Which methods exist, how they are dispatched, and system.*.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";
import { Utf8Text, type XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { JSON_FORMAT, replyTo, XML } from "../../../../src/services/rpc/endpoint.ts";
import type { RequestWork } from "../../../../src/services/rpc/method.ts";
import { readNamespaces } from "../../../../src/services/rpc/service.ts";
import { SOMEBODY } from "../../../fakes/principals.ts";
import { callAny, createRig, settled } from "./rig.ts";

const B = "boolean";
const S = "string";
const I = "int";

/** Supervisor's own answers of system.methodSignature. */
const SIGNATURES: Readonly<Record<string, readonly string[]>> = {
  addProcessGroup: [B, S],
  clearAllProcessLogs: ["array"],
  clearLog: [B],
  clearProcessLog: [B, S],
  clearProcessLogs: [B, S],
  getAPIVersion: [S],
  getAllConfigInfo: ["array"],
  getAllProcessInfo: ["array"],
  getIdentification: [S],
  getPID: [I],
  getProcessInfo: ["struct", S],
  getState: ["struct"],
  getSupervisorVersion: [S],
  getVersion: [S],
  readLog: [S, I, I],
  readMainLog: [S, I, I],
  readProcessLog: [S, S, I, I],
  readProcessStderrLog: [S, S, I, I],
  readProcessStdoutLog: [S, S, I, I],
  reloadConfig: ["array"],
  removeProcessGroup: [B, S],
  restart: [B],
  sendProcessStdin: [B, S, S],
  sendRemoteCommEvent: [B, S, S],
  shutdown: [B],
  signalAllProcesses: ["array", S],
  signalProcess: [B, S, S],
  signalProcessGroup: ["array", S, S],
  startAllProcesses: ["array", B],
  startProcess: [B, S, B],
  startProcessGroup: ["array", S, B],
  stopAllProcesses: ["array", B],
  stopProcess: [B, S, B],
  stopProcessGroup: ["array", S, B],
  tailProcessLog: ["array", S, I, I],
  tailProcessStderrLog: ["array", S, I, I],
  tailProcessStdoutLog: ["array", S, I, I],
};

describe("the method table", () => {
  it("has every method and signature of Supervisor, and help for every method", async () => {
    const { rpc } = createRig();
    const methods = rpc.methodNames();
    assert.deepEqual(
      methods.filter((name) => name.startsWith("supervisor.")),
      Object.keys(SIGNATURES)
        .map((name) => `supervisor.${name}`)
        .sort(),
    );
    for (const name of methods) {
      const signature = await callAny(rpc, "system.methodSignature", [name]);
      const known = SIGNATURES[name.replace("supervisor.", "")];
      if (known !== undefined) assert.deepEqual(signature, known, name);
      assert.match(String(await callAny(rpc, "system.methodHelp", [name])), /^[A-Z].{20}/, name);
    }
  });

  it("has neither signature nor help for a method that does not exist", async () => {
    const { rpc } = createRig();
    assert.equal(await callAny(rpc, "system.methodSignature", ["x"]), "4 SIGNATURE_UNSUPPORTED");
    assert.equal(await callAny(rpc, "system.methodHelp", ["x"]), "4 SIGNATURE_UNSUPPORTED");
  });

  it("serves only system.* without an rpcinterface section", async () => {
    const { rpc } = createRig([]);
    assert.equal(rpc.methodNames().length, 4);
    assert.equal(await callAny(rpc, "supervisor.getState"), "1 UNKNOWN_METHOD");
  });

  it("serves the main factory under the name of each section, and names the others", () => {
    const section = (name: string, factory: string) => ({
      name,
      factory,
      module: null,
      arguments: {},
      origin: { file: "f", section: `rpcinterface:${name}`, line: 1 },
    });
    const main = "supervisor.rpcinterface:make_main_rpcinterface";
    const other = section(
      "twiddler",
      "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface",
    );
    assert.deepEqual(readNamespaces([section("supervisor", main), other]), {
      served: ["supervisor"],
      unknown: [other],
    });
  });
});

describe("dispatch", () => {
  for (const name of [
    "",
    "getState",
    "supervisor.nope",
    "supervisor.",
    "nope.getState",
    "supervisor._update",
    "supervisor.getState.x",
    "system.__class__",
    "supervisor.constructor",
  ]) {
    it(`faults UNKNOWN_METHOD for ${JSON.stringify(name)}`, async () => {
      assert.equal(await callAny(createRig().rpc, name), "1 UNKNOWN_METHOD");
    });
  }

  it("counts the calls and faults of each method, and none of an unknown name", async () => {
    const { rpc, call } = createRig();
    await call("getProcessInfo", "web");
    await call("getProcessInfo", "none");
    await call("nope");
    assert.deepEqual(
      Array.from(rpc.calls, ([name, { counts, faults, ms }]) => [name, counts, faults, ms]),
      [["supervisor.getProcessInfo", [2, 0, 0, 0, 0, 0], 1, 0]],
    );
  });

  it("faults INCORRECT_PARAMETERS for too few and too many arguments", async () => {
    const { call } = createRig();
    assert.equal(await call("getState", 1), "2 INCORRECT_PARAMETERS");
    assert.equal(await call("startProcess"), "2 INCORRECT_PARAMETERS");
    assert.equal(await call("startProcess", "web", true, 1), "2 INCORRECT_PARAMETERS");
  });

  it("says which argument has the wrong type, where Supervisor answers 500 (bad-parameters)", async () => {
    const { call } = createRig();
    const message = "2 INCORRECT_PARAMETERS: length must be an int, not a string";
    assert.equal(await call("readLog", 0, "x"), message);
    assert.match(String(await call("getProcessInfo", 5)), /^2 .*name must be a string, not an int/);
    assert.match(String(await call("startProcess", "web", "yes")), /wait must be a boolean/);
  });

  it("takes 1 and 0 for booleans, as PHP clients send them", async () => {
    const { call, supervisor } = createRig();
    await call("startProcess", "web", 1);
    await call("stopProcess", "web", 0);
    assert.deepEqual(supervisor.calls, ["start web:web wait", "stop web:web"]);
  });

  for (const daemonState of ["SHUTDOWN", "RESTARTING"] as const) {
    it(`refuses everything except an event and system.* in ${daemonState}`, async () => {
      const { call, rpc, supervisor } = createRig();
      supervisor.daemonState = daemonState;
      assert.equal(await call("getState"), "6 SHUTDOWN_STATE");
      assert.equal(await call("startProcess", "web"), "6 SHUTDOWN_STATE");
      assert.equal(await call("startProcess"), "2 INCORRECT_PARAMETERS");
      assert.equal(await call("sendRemoteCommEvent", "t", "d"), true);
      assert.deepEqual(await callAny(rpc, "system.listMethods"), rpc.methodNames());
    });
  }
});

describe("system.multicall", () => {
  const multicall = async (rig: ReturnType<typeof createRig>, calls: XmlRpcValue) =>
    callAny(rig.rpc, "system.multicall", [calls]);

  it("answers bare values and fault structs in order", async () => {
    const rig = createRig();
    const results = await multicall(rig, [
      { methodName: "supervisor.getPID", params: [] },
      { methodName: "supervisor.getProcessInfo", params: ["nope"] },
      { methodName: "supervisor.getAPIVersion" },
      { params: [] },
      { methodName: "system.multicall", params: [[]] },
    ]);
    assert.deepEqual(results, [
      4242,
      { faultCode: 10, faultString: "BAD_NAME: nope" },
      "3.0",
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: No methodName" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: Recursive system.multicall forbidden" },
    ]);
  });

  it("begins a call only when the one before is complete", async () => {
    const rig = createRig();
    rig.supervisor.hold("web:web");
    const done = multicall(rig, [
      { methodName: "supervisor.startProcess", params: ["web"] },
      { methodName: "supervisor.startProcess", params: ["pool:a"] },
    ]);
    await settled();
    assert.deepEqual(rig.supervisor.calls, ["start web:web wait"]);
    assert.equal(await rig.call("getPID"), 4242);
    rig.supervisor.release("web:web");
    assert.deepEqual(await done, [true, true]);
    assert.deepEqual(rig.supervisor.calls, ["start web:web wait", "start pool:a wait"]);
  });

  it("faults for an element that is no call, and keeps the results of the others (multicall-element)", async () => {
    const rig = createRig();
    const [first, second, third] = (await multicall(rig, [
      "x",
      { methodName: "supervisor.getPID", params: "x" },
      { methodName: "supervisor.getPID" },
    ])) as { faultCode?: number }[];
    assert.equal(first?.faultCode, 2);
    assert.equal(second?.faultCode, 2);
    assert.equal(third, 4242);
  });

  it("faults for an argument that is no array", async () => {
    assert.match(String(await multicall(createRig(), "x")), /^2 INCORRECT_PARAMETERS/);
  });
});

const MB = 1024 * 1024;

/** Bounds that take note of what is reserved, up to what there is room for. */
function bounds(room = Number.POSITIVE_INFINITY) {
  let bytes = 0;
  const work: RequestWork = {
    principal: SOMEBODY,
    denied() {},
    pause: () => null,
    async reserve(more) {
      if (bytes + more > room) return { name: "FAILED", detail: "no room" };
      bytes += more;
      return null;
    },
  };
  return { work, bytes: () => bytes };
}

const call = (methodName: string, ...params: XmlRpcValue[]) => ({ methodName, params });

async function multicall(calls: readonly XmlRpcValue[], work = bounds().work) {
  const { rpc, logs } = createRig();
  logs.set("web:web stdout", "x".repeat(5 * MB));
  const outcome = await rpc.call("system.multicall", [calls], work);
  assert.ok(outcome.ok);
  return outcome.value as readonly XmlRpcValue[];
}

const READ = call("supervisor.readProcessStdoutLog", "web", 0, 0);
const STATE = call("supervisor.getState");

describe("one multicall", () => {
  it("answers up to 8 MB, and makes no calls after that (multicall-bounds)", async () => {
    const { work, bytes } = bounds();
    const results = await multicall([READ, STATE, READ, STATE, READ], work);
    const shown = results.map((result) =>
      result instanceof Utf8Text ? result.bytes.length : JSON.stringify(result),
    );
    assert.deepEqual(shown.slice(0, 2), [5 * MB, '{"statecode":1,"statename":"RUNNING"}']);
    assert.match(String(shown[2]), /"FAILED: the answers to one multicall may have 8 MB; this/);
    for (const rest of shown.slice(3)) {
      assert.match(String(rest), /"faultCode":30,"faultString":"FAILED: not called: /);
    }
    assert.ok(bytes() >= 5 * MB, `${bytes()} bytes are reserved`);
  });

  it("reserves what every call answers", async () => {
    const { work, bytes } = bounds();
    await multicall(
      Array.from({ length: 100 }, () => call("supervisor.getAllProcessInfo")),
      work,
    );
    assert.ok(bytes() >= 100 * 3 * 300, `${bytes()} bytes are reserved`);
    const refused = await multicall([STATE, READ, STATE], bounds(1000).work);
    assert.match(JSON.stringify(refused[1]), /FAILED: no room/);
  });
});

describe("a large answer", () => {
  const value = Array.from({ length: 3000 }, (_, i) => ({ name: `program ${i} é<`, now: i }));

  async function bodyOf(any: XmlRpcValue, json: boolean): Promise<string> {
    const reply = await replyTo({ ok: true, value: any }, json ? JSON_FORMAT : XML, bounds().work);
    assert.ok(reply.kind === "parts");
    const parts: Uint8Array[] = [];
    for (let part = await reply.next(); part !== null; part = await reply.next()) parts.push(part);
    assert.ok(parts.length > 1);
    const body = Buffer.concat(parts);
    assert.equal(body.length, reply.length);
    return body.toString();
  }

  it("is the same bytes in parts, kept or written twice, and of the length announced", async () => {
    for (const any of [value, new Utf8Text(new Uint8Array(3 * MB).fill(38))]) {
      assert.ok((await bodyOf(any, false)) === encodeResponse(any));
      assert.ok((await bodyOf(any, true)) === encodeJsonValue(any));
    }
  });

  it("of bytes is the bytes themselves for a client that reads JSON", async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i);
    const reply = await replyTo({ ok: true, value: bytes }, JSON_FORMAT, bounds().work);
    assert.ok(reply.kind === "whole" && reply.body === bytes);
    assert.deepEqual(reply.headers, [["Content-Type", "application/octet-stream"]]);
    assert.ok((await bodyOf(bytes, false)) === encodeResponse(bytes));
  });

  it("is a fault when there is no slot to write it, and a small one needs none", async () => {
    const refused = await replyTo({ ok: true, value }, XML, bounds(1000).work);
    assert.ok(refused.kind === "whole" && String(refused.body).includes("FAILED: no room"));
    const small = await replyTo({ ok: true, value: "a" }, XML, bounds(0).work);
    assert.ok(small.kind === "whole" && small.body === encodeResponse("a"));
  });
});
