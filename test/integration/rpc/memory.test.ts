// The memory limit of all connections together.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/host/http/http-limits.ts";
import { HttpMemory } from "../../../src/host/http/http-memory.ts";
import { dial, exchange, readAll, readUntil, rpcRequest, startServer } from "./server-rig.ts";

const NUMBER = "<param><value><int>0</int></value></param>";
const READ_ALL = rpcRequest("supervisor.readLog", `<params>${NUMBER}${NUMBER}</params>`, "");
const STATE = /<string>RUNNING<\/string>/;

describe("memory of all connections together (http-limits)", () => {
  it("refuses large bodies when others hold the room for them, and hears ordinary calls", async () => {
    const rig = await startServer({
      kind: "unix",
      limits: { maxHeldBytes: 600_000, unixReserveBytes: 0, roomMs: 50, lingerMs: 50 },
    });
    const half = `POST /RPC2 HTTP/1.1\r\nContent-Length: 90000\r\n\r\n${"x".repeat(80_000)}`;
    const slow = await dial(rig.address);
    slow.write(half);
    // The first of them has the room as soon as the second has none.
    let refused = "";
    while (!refused.startsWith("HTTP/1.1 503 ")) {
      const second = await dial(rig.address);
      const answer = readAll(second);
      second.end(half + "y".repeat(10_000));
      refused = await answer;
      assert.match(refused, /^HTTP\/1\.1 (?:503|400) /);
    }
    assert.match(refused, /\r\nRetry-After: 5\r\n/);
    assert.match(await exchange(rig.address, rpcRequest("supervisor.getState")), STATE);
    const closed = new Promise((resolve) => slow.once("close", resolve));
    slow.destroy();
    await closed;
    let answer = "";
    while (!answer.startsWith("HTTP/1.1 400 ")) {
      answer = await exchange(
        rig.address,
        half.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "y".repeat(10_000),
      );
    }
    await rig.stop();
  });

  it("cuts off clients that do not read their answers when another needs the room", async () => {
    const rig = await startServer({
      kind: "unix",
      limits: { maxHeldBytes: 8 * 1024 * 1024, stalledMs: 50 },
    });
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

  it("has a large answer wait while others that are being read hold the room", async () => {
    const rig = await startServer({
      kind: "unix",
      limits: { maxHeldBytes: 4 * 1024 * 1024, stalledMs: 60_000 },
    });
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

  it("keeps room for unix sockets, whatever comes from the network", () => {
    const memory = new HttpMemory({
      ...DEFAULT_LIMITS,
      maxHeldBytes: 100,
      unixReserveBytes: 30,
      smallReserveBytes: 0,
    });
    const drop = (): void => assert.fail("cut off");
    const [one, other, local] = [
      memory.open(false, drop),
      memory.open(false, drop),
      memory.open(true, drop),
    ];
    assert.ok(one.take(60));
    assert.ok(!other.take(20));
    assert.ok(local.take(20));
    one.close();
    assert.ok(other.take(20));
    assert.equal(memory.bytes, 40);
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
