// Alerts by HTTP POST, to receivers that answer well, badly or never.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import type { HostCheck } from "../../../../src/ports/checker.ts";
import { freePort } from "../../../rig/free-port.ts";
import { ask, checkerOf, flooding, hanging, replying, temporaryDirectory } from "./rig.ts";

function post(url: string, body = "{}"): HostCheck {
  return { kind: "post", url, headers: [["Content-Type", "application/json"]], body };
}

test("an alert is one request, and passes with a status from 200 to 299", async () => {
  const requests: string[] = [];
  await using receiver = replying("HTTP/1.1 204 No Content\r\n\r\n", requests);
  const port = await receiver.listen();
  const url = `http://u:p%40@127.0.0.1:${port}/a/b?c=d`;
  assert.deepEqual(await ask(post(url, '{"ü":1}')), { ok: true, text: "status 204" });
  assert.deepEqual(requests[0]?.split("\r\n"), [
    "POST /a/b?c=d HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "User-Agent: tsv",
    "Accept: */*",
    "Connection: close",
    "Content-Length: 8",
    "Content-Type: application/json",
    `Authorization: Basic ${Buffer.from("u:p@").toString("base64")}`,
    "",
    '{"ü":1}',
  ]);
});

for (const [answer, outcome] of [
  ["HTTP/1.1 500 Oops\r\n\r\n", { ok: false, text: "status 500" }],
  [
    "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n",
    { ok: false, text: "status 301: redirects are not followed" },
  ],
  [
    "HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\n\r\n",
    { ok: false, text: "status 429", waitMs: 120_000 },
  ],
  ["HTTP/1.1 429 Slow down\r\nRetry-After: tomorrow\r\n\r\n", { ok: false, text: "status 429" }],
  ["HTTP/1.1 404 No\r\nRetry-After: 120\r\n\r\n", { ok: false, text: "status 404" }],
  ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", { ok: true, text: "status 200" }],
  ["garbage\r\n\r\n", { ok: false, text: "no HTTP answer" }],
  ["", { ok: false, text: "connection closed without an answer" }],
] as const) {
  test(`the answer ${JSON.stringify(answer)}: ${outcome.text}`, async () => {
    await using receiver = replying(answer);
    const url = `http://127.0.0.1:${await receiver.listen()}/`;
    assert.deepEqual(await ask(post(url)), outcome);
    await receiver.drained();
  });
}

test("a receiver that never answers is left after the limit", async () => {
  await using receiver = hanging();
  const outcome = await ask(post(`http://127.0.0.1:${await receiver.listen()}/`), 200);
  assert.equal(outcome.ok, false);
  assert.match(outcome.text, /^no answer within /);
  await receiver.drained();
});

for (const [what, beginning] of [
  ["a head", "HTTP/1.1 200 OK\r\n"],
  ["a body", "HTTP/1.1 500 Oops\r\n\r\n"],
] as const) {
  test(`a receiver with ${what} that never ends is left`, async () => {
    await using receiver = flooding(beginning, "x-flood: yes\r\n");
    const outcome = await ask(post(`http://127.0.0.1:${await receiver.listen()}/`));
    assert.equal(outcome.ok, false);
    await receiver.drained();
    assert.ok(receiver.sent() < 64 * 1024 * 1024, String(receiver.sent()));
  });
}

test("a port that is not listening, and a name that is not known", async () => {
  assert.deepEqual(await ask(post(`http://127.0.0.1:${await freePort()}/`)), {
    ok: false,
    text: "connection refused",
  });
  const unknown = checkerOf(() =>
    Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" })),
  );
  const outcome = await ask(post("http://nowhere.example/"), 10_000, unknown);
  assert.deepEqual(outcome, { ok: false, text: "unknown host name" });
});

/** An authority of one certificate, of itself. */
const AUTHORITY = `
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** A certificate for localhost that is valid between two times of openssl-ca(1); null if openssl is not installed. */
function certificate(directory: string, from: string, to: string) {
  const openssl = (...words: string[]) =>
    execFileSync("openssl", words, { cwd: directory, stdio: "pipe" });
  writeFileSync(join(directory, "ca.conf"), AUTHORITY);
  writeFileSync(join(directory, "index"), "");
  const dates = ["-startdate", from, "-enddate", to];
  try {
    openssl(
      ..."req -new -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key -out csr".split(" "),
    );
    openssl(
      ..."ca -batch -selfsign -config ca.conf -keyfile key -in csr -out cert".split(" "),
      ...dates,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
  const [key, cert] = ["key", "cert"].map((name) => readFileSync(join(directory, name)));
  return { key, cert };
}

for (const [what, from, to, text] of [
  [
    ...["of an unknown authority", "20200101000000Z", "20900101000000Z"],
    "its certificate is of an unknown authority: set NODE_EXTRA_CA_CERTS for the daemon",
  ],
  [
    ...["that has expired", "20200101000000Z", "20200102000000Z"],
    "its certificate has expired: it must be renewed there",
  ],
  [
    ...["that is not valid yet", "20890101000000Z", "20900101000000Z"],
    "its certificate is not valid yet: check the clocks of both hosts",
  ],
] as const) {
  test(`https: a certificate ${what} is not accepted, and nothing is sent`, async (t) => {
    const pair = certificate(temporaryDirectory(t), from, to);
    if (pair === null) return t.skip("openssl is not installed");
    let requests = 0;
    const server = createHttpsServer(pair, (_, response) => {
      requests += 1;
      response.end();
    });
    const port = await freePort();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    assert.deepEqual(await ask(post(`https://localhost:${port}/`)), { ok: false, text });
    assert.equal(requests, 0);
    const plain = await ask(post(`http://localhost:${port}/`));
    assert.equal(plain.ok, false, "plain HTTP on its port");
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
}
