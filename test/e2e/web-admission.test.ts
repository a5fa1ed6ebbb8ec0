// One check before all paths, and the same guarding headers on every answer.

import assert from "node:assert/strict";
import type { Daemon } from "./rig/daemon.ts";
import { exchange, send } from "./rig/http.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e } from "./rig/rig.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

const READS = [
  ...[
    "/",
    "/index.html",
    "/?action=stopall",
    "/tail.html?processname=p",
    "/ok.html",
    "/events/status",
  ],
  ...["/events/tail?processname=p", "/logtail/p", "/logtail/p/stderr", "/mainlogtail"],
  ...["/scripts/status.js", "/nope", "/RPC2"],
];
/** Of the page on which a client signs in. */
const OPEN = ["/login", "/stylesheets/supervisor.css", "/images/icon.png"];

const PROGRAM = "[program:p]\ncommand=sh -c 'echo secret; exec sleep 1000'\nstartsecs=0\n";

/** Waits until what the program prints is in its log. */
async function hasSpoken(daemon: Daemon): Promise<void> {
  await daemon.logged(/success: p/);
  while ((await daemon.ask("readProcessStdoutLog", "p", 0, 0)) !== "secret\n")
    await daemon.ask("getState");
}

e2e(
  "under a name that anybody could have made nothing is read or changed where no password is asked for (web-strange-host)",
  async (rig) => {
    const port = await rig.findPort();
    const other = await rig.findPort();
    const daemon = await rig.startWith(
      `[inet_http_server:a]\nport=127.0.0.1:${port}\n` +
        `[inet_http_server:b]\nport=127.0.0.1:${other}\nallowed_hosts=tsv.example.net, evil.local\n${PROGRAM}`,
    );
    await hasSpoken(daemon);
    const status = async (to: number, method: string, path: string, Host: string) => {
      const raw = `${method} ${path} HTTP/1.1\r\nHost: ${Host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
      const { text } = await exchange({ host: "127.0.0.1", port: to }, raw, (all) =>
        all.includes("\r\n\r\n"),
      );
      return { status: /^HTTP\/1.1 (\d+)/.exec(text)?.[1], text };
    };
    for (const host of ["evil.example", "evil.local", "router"]) {
      for (const path of READS) {
        for (const method of ["GET", "HEAD", "POST"]) {
          if (method === "POST" && path === "/RPC2") continue;
          const answer = await status(port, method, path, `${host}:${port}`);
          assert.equal(answer.status, "403", `${method} ${path} of ${host}`);
          assert.doesNotMatch(answer.text, /secret/);
        }
      }
    }
    for (const host of [`127.0.0.1:${port}`, "localhost", "app.localhost:1"]) {
      assert.equal((await status(port, "GET", "/", host)).status, "200");
      assert.equal((await status(port, "GET", "/logtail/p", host)).status, "200");
    }
    for (const host of ["tsv.example.net", "evil.local:1"]) {
      assert.equal((await status(other, "GET", "/mainlogtail", host)).status, "200");
    }
    // A unix socket is reached by a proxy, under any name.
    const proxied = await send(daemon.endpoint, {
      method: "GET",
      path: "/",
      headers: { Host: "any.example" },
    });
    assert.equal(proxied.status, 200);
    const body = encodeCall("supervisor.stopAllProcesses", []);
    const rebound = await send(
      { host: "127.0.0.1", port },
      {
        method: "POST",
        path: "/RPC2",
        headers: { Host: "evil.example", Origin: "http://evil.example" },
        body,
      },
    );
    assert.equal(rebound.status, 403);
    assert.match(rebound.body, /allowed_hosts=evil\.example/);
    assert.equal((await daemon.info("p"))["statename"], "RUNNING");
  },
);

/** What no answer may lack, and what it must say. */
const GUARDS = [
  /^x-content-type-options: nosniff\r$/im,
  /^content-security-policy: default-src 'none';.*frame-ancestors 'none'\r$/im,
  /^x-frame-options: DENY\r$/im,
  /^cross-origin-resource-policy: same-origin\r$/im,
  /^referrer-policy: same-origin\r$/im,
  /^cache-control: (?:no-store|no-cache|public, max-age=31536000, immutable)\r$/im,
];

e2e(
  "every answer has the headers that keep it from pages of others: errors, RPC, logs, refusals, broken requests (http-guards)",
  async (rig) => {
    const port = await rig.findPort();
    const daemon = await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${port}\nusername=u\npassword=p\n${PROGRAM}`,
    );
    await hasSpoken(daemon);
    const post = (path: string, body: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const requests: readonly (readonly [string, number])[] = [
      ...READS.map((path) => [`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, 0] as const),
      ...READS.map((path) => [`HEAD ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, 0] as const),
      [post("/RPC2", encodeCall("supervisor.getState", [])), 200],
      [post("/RPC2", encodeCall("no.such", [])), 200],
      [
        post("/RPC2", encodeCall("supervisor.getState", [])).replace(
          "Host: x",
          "Accept: application/json",
        ),
        200,
      ],
      [post("/RPC2", "no xml"), 400],
      [post("/", "action=stopall"), 403],
      [post("/", `x=${"y".repeat(600_000)}`), 413],
      ["POST / HTTP/1.1\r\nHost: x\r\n\r\n", 411],
      ["POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n", 411],
      ["POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413],
      ["PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400],
      ["FOO\r\n\r\n", 400],
      ["CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`, 431],
      ["GET / HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n\r\n", 403],
    ];
    const check = (text: string, request: string, status: number): void => {
      const head = text.slice(0, text.indexOf("\r\n\r\n") + 2);
      if (status !== 0)
        assert.match(head, new RegExp(`^HTTP/1.1 ${status}`), request.slice(0, 200));
      for (const guard of GUARDS) assert.match(head, guard, `${request.slice(0, 200)} → ${head}`);
    };
    const isHead = (text: string): boolean => text.includes("\r\n\r\n");
    for (const [request, status] of requests) {
      check((await exchange(daemon.endpoint, request, isHead)).text, request, status);
    }
    const tcp = { host: "127.0.0.1", port };
    for (const path of [...READS, ...OPEN]) {
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
      check((await exchange(tcp, request, isHead)).text, request, OPEN.includes(path) ? 200 : 401);
    }
    const tail = await rig.command([
      ...[
        TSV_BY_NAME.path("supervisorctl"),
        "-s",
        `http://127.0.0.1:${port}`,
        "-u",
        "u",
        "-p",
        "p",
      ],
      ...["tail", "p"],
    ]);
    assert.equal(tail.stdout, "secret\n\n");
  },
);
