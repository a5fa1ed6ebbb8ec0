// Log tails that end with the run of their program, as fg uses them.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dial, exchange, readUntil, type ServerRig, startServer } from "./server-rig.ts";

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
