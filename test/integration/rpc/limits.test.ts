// Limits of unauthenticated clients, and admission.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/host/http/http-limits.ts";
import { dial, exchange, readAll, readUntil, rpcRequest, startServer } from "./server-rig.ts";

const STATE = /<string>RUNNING<\/string>/;
const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString("base64")}\r\n`;

/**
 * Tries again while it comes to null. The time for a request runs from the connection on: a machine that rests just
 * between the two has the connection closed unread.
 */
async function unlessTooLate<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const result = await attempt();
    if (result !== null) return result;
  }
  throw new Error("each connection was closed before its request was read");
}

// http-limits: Supervisor has none of them.
describe("limits (http-limits)", () => {
  it("are generous to clients and bearable for the daemon", () => {
    const { maxHeaderBytes, maxBodyBytes, maxConnections, requestMs } = DEFAULT_LIMITS;
    assert.deepEqual(
      [maxHeaderBytes, maxBodyBytes, maxConnections, requestMs],
      [16 * 1024, 512 * 1024, 1000, 60_000],
    );
  });

  it("serve 500 connections at once, each twice", async () => {
    const rig = await startServer({ kind: "unix" });
    const sockets = await Promise.all(Array.from({ length: 500 }, () => dial(rig.address)));
    for (let round = 0; round < 2; round++) {
      const answers = sockets.map((socket) => readUntil(socket, /<\/methodResponse>/));
      for (const socket of sockets) socket.write(rpcRequest("supervisor.getState", "", ""));
      for (const answer of await Promise.all(answers)) assert.match(answer, STATE);
    }
    for (const socket of sockets) socket.destroy();
    await rig.stop();
  });

  it("make room for a new connection by closing the one that was idle longest", async () => {
    const rig = await startServer({ kind: "unix", limits: { maxConnections: 3 } });
    const ask = (socket: Socket) => {
      const answer = readUntil(socket, /<\/methodResponse>/);
      socket.write(rpcRequest("supervisor.getState", "", ""));
      return answer;
    };
    const [first, second, third] = [
      await dial(rig.address),
      await dial(rig.address),
      await dial(rig.address),
    ];
    for (const socket of [first, second, third]) await ask(socket);
    await ask(first);
    const gone = new Promise((resolve) => second.once("close", resolve));
    assert.match(await exchange(rig.address, rpcRequest("supervisor.getState")), STATE);
    await gone;
    assert.match(await ask(first), STATE);
    assert.match(await ask(third), STATE);
    for (const socket of [first, third]) socket.destroy();
    await rig.stop();
  });

  it("close a connection that sends no request in time", async () => {
    const rig = await startServer({ kind: "tcp", limits: { requestMs: 50 } });
    const said: Promise<string>[] = [];
    for (const words of ["", "POST /RPC2 HT"]) {
      const socket = await dial(rig.address);
      // At once: the limit may have passed by the time that the other one is connected.
      said.push(readAll(socket));
      socket.write(words);
    }
    assert.deepEqual(await Promise.all(said), ["", ""]);
    await rig.stop();
  });

  it("answer 408 to a body that does not come in time", async () => {
    const rig = await startServer({ kind: "unix", limits: { requestMs: 50, lingerMs: 50 } });
    const answer = await unlessTooLate(async () => {
      const head = "POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n";
      return (await exchange(rig.address, `${head}<method`)) || null;
    });
    assert.match(answer, /^HTTP\/1\.1 408 /);
    await rig.stop();
  });

  it("drop a client that stops reading its reply", async () => {
    const rig = await startServer({ kind: "unix", limits: { requestMs: 50 } });
    rig.logs.set("main", "x".repeat(8 * 1024 * 1024));
    const socket = await dial(rig.address);
    socket.pause();
    const params =
      "<params><param><value><int>0</int></value></param><param><value><int>0</int></value></param></params>";
    socket.write(rpcRequest("supervisor.readLog", params, ""));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    // Paused, the end is not seen; the kernel reports the reset when something is written.
    const prod = setInterval(() => socket.write("x"), 10);
    await closed;
    clearInterval(prod);
    const others = await unlessTooLate(async () => {
      return (await exchange(rig.address, rpcRequest("supervisor.getState"))) || null;
    });
    assert.match(others, STATE);
    await rig.stop();
  });

  it("leave an idle connection alone, however long it is idle", async () => {
    const rig = await startServer({ kind: "unix", limits: { requestMs: 30 } });
    const idle = await unlessTooLate(async () => {
      const socket = await dial(rig.address);
      const first = readUntil(socket, /<\/methodResponse>/);
      socket.write(rpcRequest("supervisor.getState", "", ""));
      return first.then(
        () => socket,
        () => null,
      );
    });
    // Two others run into the limit, one after the other, while this one is idle.
    await readAll(await dial(rig.address));
    await readAll(await dial(rig.address));
    const second = readUntil(idle, /<\/methodResponse>/);
    idle.write(rpcRequest("supervisor.getState", "", ""));
    assert.match(await second, STATE);
    idle.destroy();
    await rig.stop();
  });

  it("send a reply that is on its way before the server ends", async () => {
    const rig = await startServer({ kind: "unix", limits: { lingerMs: 60_000 } });
    rig.logs.set("main", "x".repeat(4 * 1024 * 1024));
    const socket = await dial(rig.address);
    const params =
      "<params><param><value><int>0</int></value></param><param><value><int>0</int></value></param></params>";
    const begun = readUntil(socket, /200 OK/);
    const all = readAll(socket);
    socket.write(rpcRequest("supervisor.readLog", params, ""));
    await begun;
    await rig.stop();
    // Not assert.match, which would print megabytes.
    assert.ok((await all).endsWith("x</string></value>\n</param>\n</params>\n</methodResponse>\n"));
  });
});

describe("passwords", () => {
  const sha = createHash("sha1").update("secret").digest("hex");
  for (const password of ["secret", `{SHA}${sha}`]) {
    it(`protect every path, and end the connection (close-after-401), when the password is ${password}`, async () => {
      const rig = await startServer({ kind: "unix", credentials: { username: "user", password } });
      rig.logs.set("main", "private\n");
      const call = (headers: string) =>
        exchange(
          rig.address,
          rpcRequest("supervisor.getState", "", `Connection: close\r\n${headers}`),
        );
      assert.match(await call(basic("user:secret")), STATE);
      for (const headers of [
        "",
        basic("user:nope"),
        basic("nope:secret"),
        "Authorization: Basic %\r\n",
      ]) {
        const answer = await call(headers);
        assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/);
        assert.match(answer, /\r\nConnection: close\r\n/);
        assert.match(answer, /\r\nWWW-Authenticate: Basic realm="default"\r\n/);
        assert.match(answer, /<p>Error code 401\.\r\n<p>Message: Unauthorized\.\r\n/);
      }
      for (const path of ["/mainlogtail", "/logtail/web", "/", "/nope"]) {
        assert.match(
          await exchange(rig.address, `GET ${path} HTTP/1.0\r\n\r\n`),
          /^HTTP\/1\.1 401 /,
        );
      }
      await rig.stop();
    });
  }

  it("are not asked for on an open server, whatever the client sends", async () => {
    const rig = await startServer({ kind: "unix" });
    const raw = rpcRequest("supervisor.getState", "", `Connection: close\r\n${basic(":")}`);
    assert.match(await exchange(rig.address, raw), STATE);
    await rig.stop();
  });

  it("refuse before a waiting client sends its body", async () => {
    const rig = await startServer({
      kind: "unix",
      credentials: { username: "u", password: "p" },
      limits: { lingerMs: 20 },
    });
    const status = await new Promise((resolve, reject) => {
      const sent = request({
        ...("path" in rig.address ? { socketPath: rig.address.path } : rig.address),
        path: "/RPC2",
        method: "POST",
        headers: { Expect: "100-continue", "Content-Length": 1000 },
      });
      sent.once("continue", () => reject(new Error("asked for the body")));
      sent.once("error", reject);
      sent.once("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.flushHeaders();
    });
    assert.equal(status, 401);
    await rig.stop();
  });
});
