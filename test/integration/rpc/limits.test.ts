// Limits of unauthenticated clients, passwords, and the slots that large requests and answers need.

import assert from "node:assert/strict";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
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

  it("take the connection from the socket that has the most", async () => {
    const limits = { maxConnections: 6 };
    const rig = await startServer({ kind: "tcp", limits });
    const other = await rig.listenToo();
    const few = await dial(other.address);
    const many: Socket[] = [];
    const ends: Promise<string>[] = [];
    for (let i = 0; i < 8; i++) {
      const socket = await dial(rig.address);
      many.push(socket);
      ends.push(readAll(socket));
    }
    assert.deepEqual(await Promise.all(ends.slice(0, 3)), ["", "", ""]);
    const answer = readUntil(few, /<\/methodResponse>/);
    few.write(rpcRequest("supervisor.getState", "", ""));
    assert.match(await answer, STATE);
    for (const socket of [few, ...many]) socket.destroy();
    await other.stop();
    await rig.stop();
  });

  it("drop an idle connection on request, before one that reads an endless reply", async () => {
    const rig = await startServer({ kind: "unix" });
    rig.logs.set("main", "main log\n");
    const reader = await dial(rig.address);
    const begun = readUntil(reader, /main log/);
    reader.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    await begun;
    const idle = await dial(rig.address);
    const answer = readUntil(idle, /<\/methodResponse>/);
    idle.write(rpcRequest("supervisor.getState", "", ""));
    await answer;
    // The second request is not complete, so the connection is busy.
    const busy = await dial(rig.address);
    const first = readUntil(busy, /<\/methodResponse>/);
    busy.write(
      `${rpcRequest("supervisor.getState", "", "")}POST /RPC2 HTTP/1.1\r\nContent-Length: 9\r\n\r\n`,
    );
    await first;
    for (const socket of [idle, reader]) {
      const end = readAll(socket);
      assert.equal(rig.server.dropConnection(), true);
      await end;
    }
    assert.equal(rig.server.dropConnection(), false);
    busy.destroy();
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
  it("refuse a call, and end the connection (close-after-401)", async () => {
    const credentials = { username: "user", password: "secret" };
    const rig = await startServer({ kind: "unix", credentials });
    const call = (headers: string) =>
      exchange(
        rig.address,
        rpcRequest("supervisor.getState", "", `Connection: close\r\n${headers}`),
      );
    assert.match(await call(basic("user:secret")), STATE);
    for (const headers of ["", basic("user:nope")]) {
      const answer = await call(headers);
      assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/);
      assert.match(answer, /\r\nConnection: close\r\n/);
      assert.match(answer, /\r\nWWW-Authenticate: Basic realm="default"\r\n/);
      assert.match(answer, /<p>Error code 401\.\r\n<p>Message: Unauthorized\.\r\n/);
    }
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

const NUMBER = "<param><value><int>0</int></value></param>";
const READ_ALL = rpcRequest("supervisor.readLog", `<params>${NUMBER}${NUMBER}</params>`, "");

const BODY = "x".repeat(20_000);
const LARGE = `POST /RPC2 HTTP/1.1\r\nConnection: close\r\nContent-Length: ${BODY.length}\r\n\r\n`;

describe("large requests (http-limits)", () => {
  it("are refused when others are in work for too long, and ordinary calls are answered", async () => {
    const rig = await startServer({
      kind: "unix",
      limits: { largeSlots: 1, slotWaitMs: 50, stalledMs: 60_000 },
    });
    const slow = await dial(rig.address);
    slow.write(LARGE + BODY.slice(1));
    // The first has the slot as soon as the second has none.
    let refused = "";
    while (!refused.startsWith("HTTP/1.1 503 ")) {
      refused = await exchange(rig.address, LARGE + BODY);
      assert.match(refused, /^HTTP\/1\.1 (?:503|400) /);
    }
    assert.match(refused, /\r\nRetry-After: 5\r\n/);
    assert.match(await exchange(rig.address, rpcRequest("supervisor.getState")), STATE);
    slow.destroy();
    let answer = "";
    while (!answer.startsWith("HTTP/1.1 400 ")) answer = await exchange(rig.address, LARGE + BODY);
    await rig.stop();
  });

  it("are refused at once when too many wait", async () => {
    const limits = { largeSlots: 1, maxWaiting: 1, slotWaitMs: 60_000, stalledMs: 60_000 };
    const rig = await startServer({ kind: "unix", limits });
    const sockets = await Promise.all([dial(rig.address), dial(rig.address), dial(rig.address)]);
    const answers = sockets.map((socket) => {
      socket.write(LARGE + BODY.slice(1));
      return readAll(socket);
    });
    assert.match(await Promise.race(answers), /^HTTP\/1\.1 503 /);
    for (const socket of sockets) socket.destroy();
    await rig.stop();
  });

  it("cut off one that sends nothing more when another one waits", async () => {
    const rig = await startServer({ kind: "unix", limits: { largeSlots: 1, stalledMs: 50 } });
    const slow = await dial(rig.address);
    const cut = readAll(slow);
    slow.write(LARGE + BODY.slice(1));
    while (!(await exchange(rig.address, LARGE + BODY)).startsWith("HTTP/1.1 400 "));
    slow.destroy();
    await cut;
    await rig.stop();
  });
});

describe("large answers (http-limits)", () => {
  it("go to clients that read, and those that do not are cut off", async () => {
    const rig = await startServer({ kind: "unix", limits: { largeSlots: 2, stalledMs: 50 } });
    rig.logs.set("main", "x".repeat(3 * 1024 * 1024));
    const sockets = [];
    for (let i = 0; i < 3; i++) {
      const socket = await dial(rig.address);
      socket.write(READ_ALL);
      await new Promise((resolve) => socket.once("readable", resolve));
      sockets.push(socket);
    }
    const [first, , last] = sockets.map((socket) => readAll(socket));
    assert.ok(!(await first)?.endsWith("</methodResponse>\n"));
    sockets[2]?.write(rpcRequest("supervisor.getState"));
    assert.match((await last)?.slice(-1000) ?? "", STATE);
    for (const socket of sockets) socket.destroy();
    await rig.stop();
  });

  it("wait while others are being read", async () => {
    const rig = await startServer({ kind: "unix", limits: { largeSlots: 1, stalledMs: 60_000 } });
    rig.logs.set("main", "x".repeat(3 * 1024 * 1024));
    const answers = Array.from({ length: 5 }, () =>
      exchange(rig.address, READ_ALL.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")),
    );
    for (const answer of answers) {
      const text = await answer;
      assert.ok(text.endsWith("</methodResponse>\n"), `${text.length} ${text.slice(0, 300)}`);
    }
    await rig.stop();
  });

  it("forgets a refused request whose client leaves before it has sent all of it", {
    timeout: 20_000,
  }, async (t) => {
    const rig = await startServer({
      kind: "unix",
      credentials: { username: "u", password: "p" },
      limits: { lingerMs: 60_000 },
    });
    t.after(() => rig.stop());
    const { log } = rig;
    const write = log.log.bind(log);
    // The line of the access log is the last that is done for a request.
    const over = new Promise<string>((resolve) => {
      log.log = (level, text) => {
        write(level, text);
        if (String(text).includes("POST /RPC2")) resolve(String(text));
      };
    });
    const client = await dial(rig.address);
    const refused = readUntil(client, /401 Unauthorized/);
    client.write("POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
    await refused;
    client.destroy();
    assert.match(await over, /"POST \/RPC2 HTTP\/1\.1" 401 /);
  });
});
