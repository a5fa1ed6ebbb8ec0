// What may stand around a call: verbs, headers in every spelling, expectations, and input that breaks off or goes wrong
// in the middle. A reply that is due is never lost, and no byte of one request is taken for another.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  dial,
  exchange,
  readAll,
  readUntil,
  rpcRequest,
  type ServerRig,
  startServer,
} from "./server-rig.ts";

const CALL = "<methodCall><methodName>supervisor.getState</methodName></methodCall>";
const STATE = /<string>RUNNING<\/string>/;
const STOP = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>";

function post(headers: string, body = CALL): string {
  return `POST /RPC2 HTTP/1.1\r\n${headers}\r\n${body}`;
}

const LENGTH = `Content-Length: ${CALL.length}\r\n`;
const CHUNKS = `${CALL.length.toString(16)}\r\n${CALL}\r\n0\r\n\r\n`;

for (const kind of ["unix", "tcp"] as const) {
  describe(`the wire over ${kind}`, () => {
    let rig: ServerRig;
    before(async () => {
      rig = await startServer({ kind });
    });
    after(() => rig.stop());

    const send = (raw: string) => exchange(rig.address, raw);

    for (const connection of ["close", "Close", "CLOSE", "TE, close", "close, TE"]) {
      it(`closes for Connection: ${connection} (connection-spelling)`, async () => {
        const answer = await send(post(`Connection: ${connection}\r\nTE: deflate\r\n${LENGTH}`));
        assert.match(answer, STATE);
        assert.match(answer, /\r\nConnection: close\r\n/);
      });
    }

    it("keeps the connection otherwise, whatever it is offered to become", async () => {
      for (const headers of ["", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: TE\r\n"]) {
        const socket = await dial(rig.address);
        for (let round = 0; round < 2; round++) {
          socket.write(post(`${headers}${LENGTH}`));
          assert.match(await readUntil(socket, /<\/methodResponse>/), STATE);
        }
        socket.destroy();
      }
    });

    it("answers HEAD with the head alone (http-head)", async () => {
      for (const [path, status] of [
        ["/RPC2", 400],
        ["/nope", 404],
        ["/logtail/web", 400],
      ] as const) {
        const answer = await send(`HEAD ${path} HTTP/1.0\r\n\r\n`);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.match(answer, /\r\nContent-Length: 13\d\r\n/);
        assert.match(answer, /\r\n\r\n$/);
      }
    });

    for (const line of ["OPTIONS *", "OPTIONS /RPC2", "TRACE /RPC2", "CONNECT host:80"]) {
      it(`says 400 to ${line}`, async () => {
        assert.match(
          await send(`${line} HTTP/1.1\r\nConnection: close\r\n\r\n`),
          /^HTTP\/1\.1 400 /,
        );
      });
    }

    it("sends one '100 Continue' for an expectation of it in any case, and none for others", async () => {
      for (const [expects, continues] of [
        ["100-Continue", true],
        ["200-ok", false],
      ] as const) {
        const answer = await send(post(`Expect: ${expects}\r\nConnection: close\r\n${LENGTH}`));
        assert.equal(answer.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "), continues);
        assert.match(answer, STATE);
        assert.doesNotMatch(answer, /chunked/i);
      }
    });

    it("takes white space around a length, and a header of any bytes", async () => {
      const headers = `X-Name: caf\u00e9 \u00ff\r\nContent-Length:   ${CALL.length}  \r\n`;
      const socket = await dial(rig.address);
      socket.write(Buffer.from(post(`Connection: close\r\n${headers}`), "latin1"));
      assert.match(await readAll(socket), STATE);
    });

    const broken: readonly (readonly [string, string])[] = [
      ["a length with a sign", post(`Content-Length: +${CALL.length}\r\n`)],
      ["a negative length", post("Content-Length: -1\r\n")],
      ["a length in hexadecimal", post("Content-Length: 0x10\r\n")],
      ["an empty length", post("Content-Length: \r\n")],
      ["two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n")],
      ["a list of lengths", post(`Content-Length: ${CALL.length}, ${CALL.length}\r\n`)],
      ["a length and chunks", post(`Transfer-Encoding: chunked\r\n${LENGTH}`, CHUNKS)],
      ["chunks and a length", post(`${LENGTH}Transfer-Encoding: chunked\r\n`, CHUNKS)],
      ["chunks under a misspelt name", post("Transfer-Encoding : chunked\r\n", CHUNKS)],
      ["a coding that is not chunked", post("Transfer-Encoding: xchunked\r\n")],
      ["chunks that are not last", post("Transfer-Encoding: chunked, gzip\r\n", CHUNKS)],
      ["a chunk size that is none", post("Transfer-Encoding: chunked\r\n", "zz\r\n")],
      ["a header without a colon", post(`nonsense\r\n${LENGTH}`)],
      ["a NUL in a header", post(`X: a\0b\r\n${LENGTH}`)],
      ["a header in two lines", post(`X: a\r\n b\r\n${LENGTH}`)],
      ["lines that end in LF alone", post(LENGTH).replaceAll("\r\n", "\n")],
      ["a verb in lower case", post(LENGTH).replace("POST", "post")],
    ];
    for (const [what, raw] of broken) {
      it(`refuses ${what} with one 400, and takes nothing that follows for a request (http-strict)`, async () => {
        rig.supervisor.calls.length = 0;
        const smuggled = post(`Content-Length: ${STOP.length}\r\nConnection: close\r\n`, STOP);
        const answer = await send(raw + smuggled);
        assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
        assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, answer);
        assert.deepEqual(rig.supervisor.calls, []);
      });
    }

    it("answers the request before the garbage, then refuses the garbage", async () => {
      const answer = await send(`${post(LENGTH)}garbage\r\n\r\n${"x".repeat(100_000)}`);
      assert.match(
        answer,
        /^HTTP\/1\.1 200 OK\r\n.*<\/methodResponse>\nHTTP\/1\.1 400 Bad Request\r\n/s,
      );
    });

    it("answers a request whose length is too short, and refuses the rest", async () => {
      const answer = await send(post("Content-Length: 10\r\n"));
      assert.equal(answer.match(/^HTTP\/1\.1 400 Bad Request\r$/gm)?.length, 2);
    });

    it("ends a log tail when its client sends garbage", async () => {
      rig.logs.set("main", "main log\n");
      const socket = await dial(rig.address);
      const answer = readAll(socket);
      socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
      while (rig.logs.followers("main") === 0) await send(post(`Connection: close\r\n${LENGTH}`));
      socket.write("\0\r\n\r\n");
      assert.match(await answer, /main log\n\r\n0\r\n\r\nHTTP\/1\.1 400 /);
      assert.equal(rig.logs.followers("main"), 0);
    });

    it("answers a client that closes its own half first", async () => {
      const socket = await dial(rig.address);
      const answer = readAll(socket);
      socket.end(post(LENGTH));
      assert.match(await answer, STATE);
    });
  });
}

const ASK = rpcRequest("supervisor.getState", "", "");
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
      assert.ok(isAnswers(await exchange(rig.address, ASK.repeat(2000) + LAST), 2001));
      const bytes = Buffer.from(ASK.repeat(20) + LAST);
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
    const body = ASK.slice(ASK.indexOf("\r\n\r\n") + 4);
    const half = Math.floor(body.length / 2);
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const chunked =
      "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
      `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n`;
    const all = `${chunked}\r\n\r\n${ASK}${chunked}`.repeat(50) + LAST;
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
