// The slots that large requests and answers need.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dial, exchange, readAll, readUntil, rpcRequest, startServer } from "./server-rig.ts";

const NUMBER = "<param><value><int>0</int></value></param>";
const READ_ALL = rpcRequest("supervisor.readLog", `<params>${NUMBER}${NUMBER}</params>`, "");
const STATE = /<string>RUNNING<\/string>/;

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

  it("of unknown length and over the limit are refused, and the client reads why", async () => {
    const rig = await startServer({ kind: "unix", limits: { maxBodyBytes: 1000 } });
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    const raw = `POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`;
    assert.match(await exchange(rig.address, raw), /^HTTP\/1\.1 413 /);
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
