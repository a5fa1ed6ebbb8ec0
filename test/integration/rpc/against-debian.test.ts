// The same raw requests to Debian's supervisord and to tsv: statuses and bodies must be equal, byte for byte.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeCall } from "../../../src/core/xmlrpc/encode.ts";
import type { XmlRpcValue } from "../../../src/core/xmlrpc/value.ts";
import { recordComparison } from "../../rig/comparisons.ts";
import { type DebianServer, missingDebian, startDebianServer } from "./debian-server.ts";
import { type Address, exchange, type ServerRig, startServer } from "./server-rig.ts";

interface Answer {
  readonly status: string;
  readonly type: string;
  readonly body: string;
}

async function ask(address: Address, raw: string): Promise<Answer> {
  const answer = await exchange(address, raw);
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  return {
    status: head.split(" ")[1] ?? "",
    type: /^Content-Type: (.*)$/m.exec(head)?.[1]?.trim() ?? "",
    body: rest.join("\r\n\r\n"),
  };
}

function post(body: string): string {
  return `POST /RPC2 HTTP/1.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

type Call = readonly [string, ...XmlRpcValue[]];

// In this order: the later ones meet what the earlier ones did.
const CALLS: readonly Call[] = [
  ["supervisor.getAPIVersion"],
  ["supervisor.getVersion"],
  ["supervisor.getIdentification"],
  ["supervisor.getState"],
  ["supervisor.nope"],
  ["nope"],
  ["a.b.c"],
  ["supervisor._update"],
  ["supervisor.getState", 1],
  ["supervisor.startProcess"],
  ["supervisor.startProcess", "web", true, 1],
  ["supervisor.startProcess", "nope"],
  ["supervisor.startProcess", "web:nope"],
  ["supervisor.startProcess", "nope:*"],
  ["supervisor.stopProcess", "web"],
  ["supervisor.stopProcess", "web:web"],
  ["supervisor.stopProcess", "pool:"],
  ["supervisor.stopProcessGroup", "web"],
  ["supervisor.stopProcessGroup", "nope"],
  ["supervisor.stopAllProcesses"],
  ["supervisor.startProcess", "web"],
  ["supervisor.startProcess", "web"],
  ["supervisor.startProcess", "web:web", false],
  ["supervisor.startProcessGroup", "web"],
  ["supervisor.startProcess", "pool:*"],
  ["supervisor.startProcessGroup", "pool:*"],
  ["supervisor.signalProcess", "web", "NOPE"],
  ["supervisor.signalProcess", "web", 4711],
  ["supervisor.signalProcess", "nope", "HUP"],
  ["supervisor.signalProcess", "web", "cont"],
  ["supervisor.signalProcess", "web", 18],
  ["supervisor.signalProcessGroup", "pool", "SIGCONT"],
  ["supervisor.signalProcessGroup", "pool", "NOPE"],
  ["supervisor.signalAllProcesses", "CONT"],
  ["supervisor.sendProcessStdin", "web", 5],
  ["supervisor.sendProcessStdin", "pool:*", "x"],
  ["supervisor.sendProcessStdin", "web", "é"],
  ["supervisor.addProcessGroup", "web"],
  ["supervisor.addProcessGroup", "nope"],
  ["supervisor.removeProcessGroup", "nope"],
  ["supervisor.getProcessInfo", "nope"],
  ["supervisor.getProcessInfo", "pool:*"],
  ["supervisor.getProcessInfo", "<é&>"],
  ["supervisor.tailProcessStdoutLog", "web", 0, 10],
  ["supervisor.tailProcessStderrLog", "pool:a", 0, 10],
  ["supervisor.tailProcessLog", "nope", 0, 10],
  ["supervisor.readProcessLog", "nope", 0, 0],
  ["supervisor.clearProcessLogs", "pool:*"],
  ["supervisor.clearProcessLog", "nope"],
  ["supervisor.sendRemoteCommEvent", "type", "data"],
  ["supervisor.reloadConfig"],
  // One at a time: two that die at once are answered in whichever order they died.
  ["supervisor.stopProcess", "pool:a"],
  ["supervisor.stopProcess", "pool:*"],
  ["supervisor.stopProcess", "web", 1],
  ["system.methodSignature", "nope"],
  ["system.methodHelp", "nope"],
  ["system.multicall", []],
  [
    "system.multicall",
    [
      { methodName: "supervisor.getAPIVersion", params: [] },
      { methodName: "supervisor.getAPIVersion" },
      { methodName: "supervisor.stopProcess", params: ["web"] },
      { params: [] },
      { methodName: "system.multicall", params: [[]] },
      { methodName: "supervisor.nope", params: [] },
      { methodName: "supervisor.startProcess", params: ["pool:a"] },
      { methodName: "supervisor.stopProcess", params: ["pool:a"] },
    ],
  ],
];

const RAW: Readonly<Record<string, string>> = {
  "no params": post("<methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>"),
  "self-closed params": post(
    "<methodCall><methodName>supervisor.getAPIVersion</methodName><params /></methodCall>",
  ),
  "a bare string": post(
    "<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value>nope</value></param></params></methodCall>",
  ),
  "base64 for text": post(
    "<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value><base64>bm9wZQ==</base64></value></param></params></methodCall>",
  ),
  "us-ascii": post(
    "<?xml version='1.0' encoding='us-ascii'?>\n<methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>",
  ),
  "not XML": post("hello"),
  "cut off": post("<methodCall><methodName>supervisor.getState"),
  "no method name": post("<methodCall><params/></methodCall>"),
  "an empty method name": post("<methodCall><methodName></methodName></methodCall>"),
  "GET on /RPC2": "GET /RPC2 HTTP/1.0\r\n\r\n",
  "no length": "POST /RPC2 HTTP/1.0\r\n\r\n",
  "an unknown path": "GET /nope.html HTTP/1.0\r\n\r\n",
  "another verb": "DELETE /nope HTTP/1.0\r\n\r\n",
  "a log that is not there": "GET /logtail/nope HTTP/1.0\r\n\r\n",
  "a channel that is not there": "GET /logtail/web/stdin HTTP/1.0\r\n\r\n",
  "a log of a group": "GET /logtail/pool:* HTTP/1.0\r\n\r\n",
  "HEAD of a log": "POST /logtail/web HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
};

describe("RPC beside Debian's supervisord", { skip: missingDebian() }, () => {
  let debian: DebianServer;
  let rig: ServerRig;
  const sums = { compared: 0, equal: 0 };
  before(async () => {
    debian = await startDebianServer();
    rig = await startServer({ kind: "unix" });
  });
  after(async () => {
    await debian.stop();
    await rig.stop();
    recordComparison("faults", "raw answers", sums);
  });

  const compare = async (raw: string) => {
    const expected = await ask(debian.address, raw);
    assert.match(expected.status, /^[245]/);
    sums.compared++;
    assert.deepEqual(await ask(rig.address, raw), expected);
    sums.equal++;
  };

  for (const [method, ...params] of CALLS) {
    it(`answers ${method}(${JSON.stringify(params).slice(1, -1)}) alike`, async () => {
      await compare(post(encodeCall(method, params)));
    });
  }

  const methodsOf = async (address: ServerRig["address"]): Promise<readonly string[]> => {
    const names = await ask(address, post(encodeCall("system.listMethods", [])));
    return names.body.match(/[a-z]+\.[A-Za-z]+(?=<\/string>)/g) ?? [];
  };

  it("lists the same methods, and its own after them (tsv-methods)", async () => {
    const expected = await methodsOf(debian.address);
    assert.equal(expected.length, 41);
    const listed = await methodsOf(rig.address);
    assert.deepEqual(listed.slice(0, expected.length), expected);
    for (const name of listed.slice(expected.length)) assert.match(name, /^tsv\./);
  });

  it("answers every signature alike", async () => {
    for (const name of await methodsOf(debian.address))
      await compare(post(encodeCall("system.methodSignature", [name])));
  });

  for (const [what, raw] of Object.entries(RAW)) {
    it(`answers ${what} alike`, () => compare(raw));
  }
});
