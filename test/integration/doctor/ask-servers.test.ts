// Control servers of every kind, asked: who answers, who is missing, refuses, is silent, is something else.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeResponse } from "../../../src/core/xmlrpc/encode.ts";
import { askServers } from "../../../src/doctor/host/ask-servers.ts";

/** So that a server that answers is not taken for a silent one because this machine is busy. */
const LONG_MS = 120_000;

describe("control servers that are asked", () => {
  let place = "";
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  before(() => {
    place = mkdtempSync(join(tmpdir(), "tsv-ask-"));
  });

  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    rmSync(place, { recursive: true, force: true });
  });

  async function listen(server: Server, name: string): Promise<string> {
    servers.push(server);
    server.on("connection", (socket) => sockets.add(socket));
    server.listen(join(place, name));
    await once(server, "listening");
    return `unix://${join(place, name)}`;
  }

  async function kindOf(url: string, patienceMs = LONG_MS): Promise<string> {
    const question = { section: "unix_http_server", url, credentials: null };
    const [asked] = await askServers([question], patienceMs);
    return asked?.answer.kind ?? "";
  }

  test("a missing socket, one without a listener, an invalid address", async () => {
    assert.equal(await kindOf(`unix://${join(place, "none")}`), "missing");
    assert.equal(await kindOf("http://127.0.0.1:1"), "refused");
    assert.equal(await kindOf("/run/x.sock"), "failed");
  });

  test("one that takes connections and says nothing is silent", async () => {
    assert.equal(await kindOf(await listen(createServer(), "silent"), 100), "silent");
  });

  test("one that wants a password, and one that is no supervisor", async () => {
    const locked = createHttp((_, response) => response.writeHead(401).end());
    assert.equal(await kindOf(await listen(locked, "locked")), "unauthorized");
    const other = createHttp((_, response) => response.end("hello"));
    assert.equal(await kindOf(await listen(other, "other")), "foreign");
    const rude = createServer((socket) => socket.end("SSH-2.0\r\n"));
    assert.equal(await kindOf(await listen(rude, "rude")), "foreign");
  });

  test("a supervisor says its pid, version, state and methods", async () => {
    const answers: Readonly<Record<string, Parameters<typeof encodeResponse>[0]>> = {
      "supervisor.getPID": 42,
      "supervisor.getSupervisorVersion": "4.2.5",
      "supervisor.getState": { statecode: 1, statename: "RUNNING" },
      "system.listMethods": ["supervisor.getPID"],
      "supervisor.getAllProcessInfo": [],
    };
    const server = createHttp((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        const method = /<methodName>(.*)<\/methodName>/.exec(body)?.[1] ?? "";
        response.end(encodeResponse(answers[method] ?? ""));
      });
    });
    const url = await listen(server, "real");
    const [asked] = await askServers([{ section: "x", url, credentials: null }], LONG_MS);
    assert.deepEqual(asked?.answer.daemon, {
      pid: 42,
      version: "4.2.5",
      isTsv: false,
      stateName: "RUNNING",
      methods: ["supervisor.getPID"],
    });
    assert.deepEqual(asked.programs, []);
  });
});
