// The HTTP server as clients meet it, byte by byte, on a unix socket and on a TCP port.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { err } from "../../../src/core/base/result.ts";
import { fault } from "../../../src/core/xmlrpc/faults.ts";
import {
  dial,
  exchange,
  readAll,
  readUntil,
  rpcRequest,
  type ServerRig,
  startServer,
} from "./server-rig.ts";

const ERROR_404 =
  "<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n" +
  "<p>Error code 404.\r\n<p>Message: Not Found.\r\n</body>\r\n";
const STATE = /<name>statename<\/name>\n<value><string>RUNNING<\/string><\/value>/;
const PLAIN_CALL = "<methodCall><methodName>supervisor.getState</methodName></methodCall>";

for (const kind of ["unix", "tcp"] as const) {
  describe(`HTTP over ${kind}`, () => {
    let rig: ServerRig;
    before(async () => {
      rig = await startServer({ kind });
    });
    after(() => rig.stop());

    const send = (raw: string | Uint8Array) => exchange(rig.address, raw);

    it("answers a call with its exact length, never in chunks, and names itself (server-header)", async () => {
      const answer = await send(rpcRequest("supervisor.getState"));
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(head, /\r\nServer: tsv\/1\.2\.3\r\n/);
      assert.match(head, /\r\nContent-Type: text\/xml\r\n/);
      assert.match(head, /\r\nDate: \w{3}, /);
      assert.ok(head.includes(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`), head);
      assert.doesNotMatch(head, /chunked/i);
      assert.match(body, STATE);
    });

    it("answers in JSON when asked for tsv's own, in XML otherwise", async () => {
      const head = `POST /RPC2 HTTP/1.1\r\nConnection: close\r\nContent-Length: ${PLAIN_CALL.length}\r\n`;
      const asked = `${head}Accept: application/vnd.tsv+json, text/xml\r\n\r\n${PLAIN_CALL}`;
      const json = await send(asked);
      assert.match(json, /\r\nContent-Type: application\/vnd\.tsv\+json\r\n/);
      assert.match(json, /\{"value":\{"statecode":1,"statename":"RUNNING"\}\}$/);
      // The second is what axios sends unless told otherwise.
      for (const accept of ["text/xml, */*", "application/json, text/plain, */*"]) {
        assert.match(await send(`${head}Accept: ${accept}\r\n\r\n${PLAIN_CALL}`), STATE);
      }
    });

    it("counts bytes, not characters, also in answers that were waited for (content-length-bytes)", async () => {
      const name = "<params><param><value><string>web</string></value></param></params>";
      rig.supervisor.hold("web:web");
      const waited = send(rpcRequest("supervisor.startProcess", name));
      while (!rig.supervisor.isHeld("web:web")) await send(rpcRequest("supervisor.getState"));
      rig.supervisor.release("web:web", err(fault("NO_FILE", "no file é漢😀")));
      const [head = "", body = ""] = (await waited).split("\r\n\r\n");
      assert.match(body, /no file é漢😀<.*<\/methodResponse>\n$/s);
      assert.ok(head.includes(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`), head);
    });

    it("answers HTTP/1.1 without Host, and any path that begins with /RPC2", async () => {
      for (const path of ["/RPC2", "/RPC2/", "/RPC2xyz", "/RPC2?x=1"]) {
        const raw = `POST ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: ${PLAIN_CALL.length}\r\n\r\n`;
        assert.match(await send(raw + PLAIN_CALL), STATE);
      }
    });

    it("answers a bare HTTP/1.0 request and closes", async () => {
      const raw = `POST /RPC2 HTTP/1.0\r\nContent-Length: ${PLAIN_CALL.length}\r\n\r\n`;
      assert.match(await send(raw + PLAIN_CALL), STATE);
    });

    it("keeps an HTTP/1.0 connection that asks for it", async () => {
      const socket = await dial(rig.address);
      const raw = `POST /RPC2 HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: ${PLAIN_CALL.length}\r\n\r\n`;
      for (let i = 0; i < 2; i++) {
        socket.write(raw + PLAIN_CALL);
        assert.match(await readUntil(socket, /<\/methodResponse>/), /connection: keep-alive/i);
      }
      socket.destroy();
    });

    it("answers pipelined requests in order, each done before the next begins", async () => {
      rig.supervisor.calls.length = 0;
      rig.supervisor.hold("web:web");
      const wait = "<params><param><value><string>web</string></value></param></params>";
      const socket = await dial(rig.address);
      const answer = readAll(socket);
      socket.write(
        rpcRequest("supervisor.startProcess", wait, "") +
          rpcRequest("supervisor.stopAllProcesses", "", "") +
          rpcRequest("supervisor.getPID", "", "Connection: close\r\n"),
      );
      // Another connection is answered while this one waits.
      assert.match(await send(rpcRequest("supervisor.getState")), STATE);
      while (!rig.supervisor.isHeld("web:web")) await send(rpcRequest("supervisor.getState"));
      assert.deepEqual(rig.supervisor.calls, ["start web:web wait"]);
      rig.supervisor.fake("web:web").state = "RUNNING";
      rig.supervisor.release("web:web");
      const bodies = (await answer).match(/<methodResponse>[\s\S]*?<\/methodResponse>/g) ?? [];
      assert.equal(bodies.length, 3);
      assert.match(bodies[0] ?? "", /<boolean>1/);
      assert.match(bodies[1] ?? "", /<string>web<\/string>/);
      assert.match(bodies[2] ?? "", /<int>4242/);
    });

    const refused: readonly (readonly [string, string, RegExp])[] = [
      ["GET on /RPC2", "GET /RPC2 HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 400 /],
      ["no length", "POST /RPC2 HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 411 /],
      [
        "length 0 (http-empty-body)",
        "POST /RPC2 HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
        /^HTTP\/1\.1 400 /,
      ],
      ["no XML", "POST /RPC2 HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", /^HTTP\/1\.1 400 /],
      // Python's xmlrpc.client sends it all the same.
      ["a control character", rpcRequest("\u0007"), /^HTTP\/1\.1 400 /],
      [
        "no method name",
        "POST /RPC2 HTTP/1.0\r\nContent-Length: 13\r\n\r\n<methodCall/>",
        /^HTTP\/1\.1 400 /,
      ],
      [
        "a verb on another path",
        "POST /nope HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
        /^HTTP\/1\.1 400 /,
      ],
      ["binary noise", "\u0016\u0003\u0001\u0000", /^HTTP\/1\.1 400 /],
      ["headers without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ];
    for (const [what, raw, expected] of refused) {
      it(`refuses ${what}`, async () => {
        assert.match(await send(raw), expected);
      });
    }

    it("has Supervisor's page for what does not exist", async () => {
      const answer = await send("GET /nope HTTP/1.0\r\n\r\n");
      assert.match(answer, /^HTTP\/1\.1 404 Not Found\r\n/);
      assert.match(answer, /\r\nContent-Type: text\/html\r\n/);
      assert.equal(answer.split("\r\n\r\n")[1], ERROR_404);
    });

    it("refuses a body over the limit, announced or not, and the client reads why", async () => {
      const size = 100 * 1024 * 1024;
      const announced = await dial(rig.address);
      const first = readAll(announced);
      announced.write(`POST /RPC2 HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
      const chunk = Buffer.alloc(1024 * 1024, 120);
      // A server that has waited long enough for the rest closes, and then there is no more room to wait for.
      for (let sent = 0; sent < size && !announced.destroyed; sent += chunk.length) {
        if (!announced.write(chunk))
          await Promise.race([first, new Promise((resolve) => announced.once("drain", resolve))]);
      }
      assert.match(await first, /^HTTP\/1\.1 413 /);
      const chunked = await dial(rig.address);
      const second = readAll(chunked);
      chunked.write("POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (let i = 0; i < 20; i++) {
        chunked.write("100000\r\n");
        chunked.write(chunk);
        chunked.write("\r\n");
      }
      chunked.write("0\r\n\r\n");
      assert.match(await second, /^HTTP\/1\.1 413 /);
      assert.match(await send(rpcRequest("supervisor.getState")), STATE);
    });

    it("answers 500 and logs an error inside tsv", async () => {
      const broken = rig.supervisor.identifier;
      rig.supervisor.identifier = () => {
        throw new Error("broken on purpose");
      };
      assert.match(await send(rpcRequest("supervisor.getIdentification")), /^HTTP\/1\.1 500 /);
      rig.supervisor.identifier = broken;
      const line = rig.log.lines.find((each) => each.startsWith("CRIT "));
      assert.match(line ?? "", /^CRIT Handling XML-RPC request with data "<\?xml/);
      assert.match(line ?? "", /raised an unexpected exception: Error: broken on purpose/);
    });

    it("traces calls, faults and requests, and records what is unmarshallable, and why (unmarshallable-why)", async () => {
      rig.log.lines.length = 0;
      await send(rpcRequest("supervisor.getPID"));
      await send(rpcRequest("supervisor.nope"));
      await send("POST /RPC2 HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
      const lines = rig.log.lines.join("\n");
      assert.match(lines, /^TRAC XML-RPC method called: supervisor\.getPID\(\)$/m);
      assert.match(lines, /^TRAC XML-RPC method supervisor\.getPID\(\) returned successfully$/m);
      assert.match(
        lines,
        /^TRAC XML-RPC method supervisor\.nope\(\) returned fault: \[1\] UNKNOWN_METHOD$/m,
      );
      assert.match(lines, /^ERRO XML-RPC request data 'hello' is invalid: unmarshallable \(.+\)$/m);
      const peer = kind === "unix" ? "localhost:0" : "127\\.0\\.0\\.1:\\d+";
      const access = `^TRAC ${peer} - - \\[\\d\\d/\\w{3}/\\d{4}(:\\d\\d){3} [+-]\\d{4}\\] "POST /RPC2 HTTP/1\\.1" 200 \\d{3}$`;
      assert.match(lines, new RegExp(access, "m"));
    });
  });
}
