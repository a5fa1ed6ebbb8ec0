// Logs followed over HTTP, also until the run of their program ends, as fg does.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import type { ProcessKey } from "../../../src/core/base/ids.ts";
import { dial, exchange, readAll, readUntil, type ServerRig, startServer } from "./server-rig.ts";

describe("log tails", () => {
  let rig: ServerRig;
  before(async () => {
    rig = await startServer({ kind: "unix" });
    rig.logs.set("main", "main log\n");
    rig.logs.set("web:web stdout", `${"x".repeat(2000)}end\n`);
    rig.logs.set("pool:a stderr", "err\n");
  });
  after(() => rig.stop());

  it("send the end of the log and then what is appended, in chunks and without a date (logtail-no-date)", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /logtail/web HTTP/1.1\r\n\r\n");
    const head = await readUntil(socket, /end\n\r\n/);
    assert.match(head, /\r\nContent-Type: text\/plain;charset=utf-8\r\n/);
    assert.match(head, /\r\nX-Accel-Buffering: no\r\n/);
    assert.match(head, /\r\nTransfer-Encoding: chunked\r\n/);
    assert.doesNotMatch(head, /Last-Modified/i);
    assert.ok(head.includes(`\r\n\r\n400\r\n${"x".repeat(1020)}end\n\r\n`));
    rig.logs.append("web:web stdout", "more\n");
    assert.equal(await readUntil(socket, /more/), "5\r\nmore\n\r\n");
    socket.destroy();
  });

  it("go over to the new log of a program that was replaced (tail-replaced)", async () => {
    rig.logs.set("pool:a stdout", "old\n");
    const socket = await dial(rig.address);
    socket.write("GET /logtail/pool:a HTTP/1.0\r\n\r\n");
    await readUntil(socket, /old\n/);
    rig.logs.move("pool:a stdout", null);
    rig.eventLog.changed(null);
    assert.equal(rig.logs.followers("pool:a stdout"), 1);
    // The new log is made when its program is started.
    rig.logs.move("pool:a stdout", "/new");
    rig.eventLog.changed(null);
    await exchange(rig.address, "GET /x HTTP/1.0\r\n\r\n");
    assert.equal(rig.logs.followers("pool:a stdout"), 0);
    rig.logs.set("pool:a stdout", "new\n");
    rig.eventLog.changed("pool:a" as ProcessKey);
    assert.equal(await readUntil(socket, /new\n/), "new\n");
    rig.logs.append("pool:a stdout", "more\n");
    assert.equal(await readUntil(socket, /more\n/), "more\n");
    socket.destroy();
    while (rig.logs.followers("pool:a stdout") > 0)
      await exchange(rig.address, "GET /x HTTP/1.0\r\n\r\n");
  });

  it("stop following when the client goes", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    await readUntil(socket, /main log/);
    assert.equal(rig.logs.followers("main"), 1);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await closed;
    // The server learns of it when its own end is closed; another exchange comes after that.
    while (rig.logs.followers("main") > 0) await exchange(rig.address, "GET /x HTTP/1.0\r\n\r\n");
  });

  it("stream to HTTP/1.0 as bytes come, without chunks (logtail-http10)", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /logtail/pool%3Aa/stderr HTTP/1.0\r\n\r\n");
    const answer = await readUntil(socket, /err\n/);
    assert.doesNotMatch(answer, /chunked/i);
    rig.logs.append("pool:a stderr", "next\n");
    assert.equal(await readUntil(socket, /next/), "next\n");
    socket.destroy();
  });

  const missing = [
    // logtail-no-name: Supervisor answers 500.
    "/logtail",
    "/logtail/",
    "/logtail/nope",
    "/logtail/web:*",
    "/logtail/web/stdin",
    "/logtail/web/stderr",
    "/logtail/pool:b",
    "/logtail/%ff%zz",
  ];
  for (const path of missing) {
    it(`have nothing for ${path}`, async () => {
      assert.match(await exchange(rig.address, `GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 404 /);
    });
  }

  it("are for GET alone", async () => {
    for (const path of ["/logtail/web", "/mainlogtail"]) {
      assert.match(
        await exchange(rig.address, `HEAD ${path} HTTP/1.0\r\n\r\n`),
        /^HTTP\/1\.1 400 /,
      );
    }
  });

  it("cut off a reader that falls more than a megabyte behind, and keep no more than that for it (logtail-slow)", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    await readUntil(socket, /main log/);
    socket.pause();
    const chunk = Buffer.alloc(64 * 1024, 121);
    let appended = 0;
    while (rig.logs.followers("main") > 0 && appended < 2000) {
      rig.logs.append("main", chunk);
      appended++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(rig.logs.followers("main"), 0, "a reader that reads nothing was kept");
    assert.ok(appended < 100, `${appended} chunks were taken`);
    socket.destroy();
  });

  it("cut off the reader furthest behind when all together are too far behind (logtail-slow)", async () => {
    const MB = 1024 * 1024;
    const other = await startServer({
      kind: "unix",
      limits: { maxBacklogBytes: 100 * MB, maxBacklogsBytes: 2 * MB },
    });
    other.logs.set("main", "main log\n");
    const follow = async (path: string): Promise<Socket> => {
      const socket = await dial(other.address);
      socket.write(`GET ${path} HTTP/1.1\r\n\r\n`);
      await readUntil(socket, /log\n/);
      return socket;
    };
    const reading = await follow("/mainlogtail");
    reading.resume();
    const stalled = [await follow("/mainlogtail"), await follow("/mainlogtail")];
    for (const socket of stalled) socket.pause();
    const chunk = Buffer.alloc(64 * 1024, 121);
    let appended = 0;
    for (; other.logs.followers("main") > 1 && appended < 500; appended++) {
      other.logs.append("main", chunk);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(other.logs.followers("main"), 1, `${appended} chunks were taken`);
    assert.ok(appended < 200, `${appended} chunks were taken`);
    assert.equal(reading.destroyed, false);
    for (const socket of [reading, ...stalled]) socket.destroy();
    await other.stop();
  });

  it("end when the server does, with the last chunk", async () => {
    const other = await startServer({ kind: "unix" });
    other.logs.set("main", "main log\n");
    const socket = await dial(other.address);
    socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    await readUntil(socket, /main log\n\r\n/);
    const rest = readAll(socket);
    await other.stop();
    assert.equal(await rest, "0\r\n\r\n");
  });
});

describe("log tails until exit", () => {
  let rig: ServerRig;
  before(async () => {
    rig = await startServer({ kind: "unix" });
    rig.logs.set("web:web stdout", "so far\n");
  });
  after(() => rig.stop());

  it("end when the run ends, with its last output before that (logtail-until-exit)", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /logtail/web/stdout?until=exit HTTP/1.1\r\n\r\n");
    await readUntil(socket, /so far/);
    rig.logs.append("web:web stdout", "last words\n");
    assert.equal(rig.supervisor.endRun("web:web"), 1);
    assert.match(await readUntil(socket, /\r\n0\r\n\r\n/), /last words/);
    assert.equal(rig.logs.followers("web:web stdout"), 0);
    socket.destroy();
  });

  it("forget the run when the client goes first", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /logtail/web/stdout?x=1&until=exit HTTP/1.0\r\n\r\n");
    await readUntil(socket, /so far/);
    socket.destroy();
    // The server learns of it when its own end is closed.
    while (rig.logs.followers("web:web stdout") > 0)
      await exchange(rig.address, "GET /nothing HTTP/1.0\r\n\r\n");
    assert.equal(rig.supervisor.endRun("web:web"), 0);
  });

  it("show the terminal of a program that has one, and no channel of it", async () => {
    rig.logs.set("pool:a screen", "screen\n");
    rig.logs.set("pool:a stderr", "log\n");
    const shown = { stdout: /screen\n/, stderr: /log\n/ };
    for (const [channel, pattern] of Object.entries(shown)) {
      const socket = await dial(rig.address);
      socket.write(`GET /logtail/pool:a/${channel}?until=exit HTTP/1.0\r\n\r\n`);
      await readUntil(socket, pattern);
      socket.destroy();
    }
  });

  it("ignore other conditions: such a tail continues, like every tail of Supervisor's", async () => {
    const socket = await dial(rig.address);
    socket.write("GET /logtail/web/stdout?until=exits HTTP/1.0\r\n\r\n");
    await readUntil(socket, /so far/);
    assert.equal(rig.supervisor.endRun("web:web"), 0);
    socket.destroy();
  });
});
