// Requests that are sent without waiting for answers: each is read when the one before is answered.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dial, exchange, readAll, rpcRequest, startServer } from "./server-rig.ts";

const STATE = rpcRequest("supervisor.getState", "", "");
const LAST = rpcRequest("supervisor.getState");

function bodyless(headers: number): string {
  const lines = Array.from({ length: headers }, (_, i) => `a${i}: b\r\n`);
  return `GET /nope HTTP/1.1\r\n${lines.join("")}\r\n`;
}

const isAnswers = (text: string, count: number): boolean =>
  text.match(/<string>RUNNING<\/string>/g)?.length === count;

describe("requests sent ahead", () => {
  for (const kind of ["unix", "tcp"] as const) {
    it(`are all answered, in order, however many and wherever they are cut (${kind})`, async () => {
      const rig = await startServer({ kind });
      assert.ok(isAnswers(await exchange(rig.address, STATE.repeat(2000) + LAST), 2001));
      const bytes = Buffer.from(STATE.repeat(20) + LAST);
      for (const size of [1, 7, 100, 333, 1000]) {
        const socket = await dial(rig.address);
        socket.setNoDelay(true);
        const answer = readAll(socket);
        for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
        assert.ok(isAnswers(await answer, 21), `in pieces of ${size}`);
      }
      await rig.stop();
    });
  }

  it("may have chunked bodies, and line ends between them", async () => {
    const rig = await startServer({ kind: "unix" });
    const body = STATE.slice(STATE.indexOf("\r\n\r\n") + 4);
    const half = Math.floor(body.length / 2);
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const chunked =
      "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
      `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n`;
    const all = `${chunked}\r\n\r\n${STATE}${chunked}`.repeat(50) + LAST;
    assert.ok(isAnswers(await exchange(rig.address, all), 151));
    await rig.stop();
  });

  it("wait in the socket behind an answer that does not come (pipelining)", async () => {
    const rig = await startServer({ kind: "unix" });
    rig.logs.set("main", "main log\n");
    const socket = await dial(rig.address);
    socket.resume();
    socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    const ahead = Buffer.from(bodyless(90).repeat(2000));
    let isTaken = false;
    socket.write(ahead, () => {
      isTaken = true;
    });
    while (rig.logs.followers("main") === 0) await exchange(rig.address, LAST);
    for (let i = 0; i < 20; i++) await exchange(rig.address, LAST);
    assert.equal(isTaken, false, "two megabytes were read ahead");
    socket.destroy();
    await rig.stop();
  });
});
