// Checks by HTTP of programs that answer, refuse, hang, flood and send nonsense.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import type { HostCheck } from "../../../../src/ports/checker.ts";
import { freePort } from "../../../rig/free-port.ts";
import { ask, flooding, hanging, http, Rig, replying, temporaryDirectory } from "./rig.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

test("http: a good status passes, and the request is one that servers understand", async () => {
  const requests: string[] = [];
  await using rig = replying(OK, requests);
  const port = await rig.listen();
  assert.deepEqual(await ask(http(port, "/health?x=1&y=a b")), { ok: true, text: "status 200" });
  assert.deepEqual(requests, [
    `GET /health?x=1&y=a%20b HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: tsv\r\nAccept: */*\r\n` +
      "Connection: close\r\n\r\n",
  ]);
  await rig.drained();
});

test("http: user and password become a header and stay out of texts", async () => {
  const requests: string[] = [];
  await using rig = replying("HTTP/1.1 401 Unauthorized\r\n\r\n", requests);
  const port = await rig.listen();
  const url = `http://m%40x:s%3Acret%0d@127.0.0.1:${port}/`;
  const outcome = await ask({ kind: "http", url, statuses: [] });
  assert.deepEqual(outcome, { ok: false, text: "status 401" });
  const token = Buffer.from("m@x:s:cret\r").toString("base64");
  assert.ok(requests[0]?.includes(`\r\nAuthorization: Basic ${token}\r\n`), requests[0]);
  assert.doesNotMatch(requests[0] ?? "", /cret/);
});

test("http: only listed statuses are good; a redirect is not followed", async () => {
  const requests: string[] = [];
  await using rig = replying("HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n", requests);
  const port = await rig.listen();
  assert.deepEqual(await ask(http(port)), { ok: false, text: "status 302" });
  assert.deepEqual(await ask(http(port, "/", 200, 302)), { ok: true, text: "status 302" });
  assert.equal(requests.length, 2);
  await using busy = replying("HTTP/1.1 503 Busy\r\n\r\n");
  const busyPort = await busy.listen();
  assert.deepEqual(await ask(http(busyPort)), { ok: false, text: "status 503" });
  assert.equal((await ask(http(busyPort, "/", 503))).ok, true);
  await using good = replying(OK);
  assert.equal((await ask(http(await good.listen(), "/", 204))).text, "status 200");
});

test("http: what is not HTTP, and what ends too early", async () => {
  await using garbage = replying("SSH-2.0-OpenSSH_9.2\r\n");
  assert.equal((await ask(http(await garbage.listen()))).text, "no HTTP answer");
  await using silent = replying("");
  const closed = "connection closed without an answer";
  assert.equal((await ask(http(await silent.listen()))).text, closed);
  await using half = replying("HTTP/1.1 200 OK\r\nServer: ");
  assert.equal((await ask(http(await half.listen()))).text, closed);
  await using resetting = new Rig((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  assert.equal((await ask(http(await resetting.listen()))).text, "connection reset");
  assert.equal((await ask(http(await freePort()))).text, "connection refused");
});

test("http: a server that hangs, and one that sends a byte now and then", async () => {
  await using rig = hanging();
  const hung = await ask(http(await rig.listen()), 100);
  assert.deepEqual(hung, { ok: false, text: "no answer within 100ms" });
  await rig.drained();
  await using slow = new Rig((socket) => {
    socket.resume();
    let at = 0;
    const timer = setInterval(() => socket.write(OK.charAt(at++)), 20);
    socket.on("close", () => clearInterval(timer));
  });
  const late = await ask(http(await slow.listen()), 200);
  assert.deepEqual(late, { ok: false, text: "no answer within 200ms" });
  await slow.drained();
});

test("http: gigabytes of headers and of body are not read", async () => {
  const status = "HTTP/1.1 200 OK\r\n";
  const long = "HTTP headers longer than 16 KB";
  const cases = [
    { beginning: status, part: "X-Part: abcdefgh\r\n", expected: long },
    { beginning: status, part: "X", expected: long },
    { beginning: "", part: "HTTP/1.1 100 Continue\r\n\r\n", expected: long },
    { beginning: `${status}Content-Length: 1073741824\r\n\r\n`, part: "x", expected: "status 200" },
    { beginning: "", part: "\r\n", expected: "no HTTP answer" },
  ];
  for (const { beginning, part, expected } of cases) {
    await using rig = flooding(beginning, part);
    assert.equal((await ask(http(await rig.listen()))).text, expected);
    await rig.drained();
    assert.ok(rig.sent() < 2 ** 26, `${rig.sent()} bytes were taken`);
  }
});

test("https: a self-signed certificate for another name is good enough", async (t) => {
  const directory = temporaryDirectory(t);
  const [key, cert] = [join(directory, "key"), join(directory, "cert")];
  try {
    const words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=elsewhere.example";
    execFileSync("openssl", [...words.split(" "), "-keyout", key, "-out", cert], { stdio: "pipe" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    t.skip("openssl is not installed");
    return;
  }
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createHttpsServer(options, (request, response) => {
    response.statusCode = request.url === "/good" ? 204 : 500;
    response.end();
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const https = (host: string, path: string): HostCheck => {
    return { kind: "http", url: `https://${host}:${port}${path}`, statuses: [] };
  };
  assert.deepEqual(await ask(https("127.0.0.1", "/good")), { ok: true, text: "status 204" });
  assert.deepEqual(await ask(https("localhost", "/bad")), { ok: false, text: "status 500" });
  assert.equal((await ask(http(port))).ok, false, "plain HTTP on its port");
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});

test("https: a server without TLS, and one that hangs in the handshake", async () => {
  const https = (port: number): HostCheck => {
    return { kind: "http", url: `https://127.0.0.1:${port}/`, statuses: [] };
  };
  await using plain = replying("HTTP/1.1 400 Bad Request\r\n\r\n");
  assert.deepEqual(await ask(https(await plain.listen())), { ok: false, text: "no TLS answer" });
  await plain.drained();
  await using rig = hanging();
  const hung = await ask(https(await rig.listen()), 200);
  assert.deepEqual(hung, { ok: false, text: "no answer within 200ms" });
  await rig.drained();
});
