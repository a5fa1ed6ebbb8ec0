// The web page below a path of nginx (web-relative): links, streams of events, and signing in.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { freePort } from "../rig/free-port.ts";
import { event, until, within } from "../rig/wait.ts";
import { call, exchange, send } from "./rig/http.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const NGINX = "/usr/sbin/nginx";
const MISSING = existsSync(NGINX) ? false : `${NGINX} is not installed`;
const PROGRAM = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const HTML = { Accept: "text/html" };

/** nginx in the foreground, as docs/access.md configures it. */
async function startNginx(rig: Rig, to: number, path: string) {
  const port = await freePort();
  mkdirSync(rig.path("nginx"));
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${rig.path(`nginx/${name}`)};`,
  );
  rig.write(
    "nginx.conf",
    `daemon off; pid ${rig.path("nginx/pid")}; error_log stderr; user root;
events {}
http {
  access_log off; ${places.join(" ")}
  server {
    listen 127.0.0.1:${port};
    location ${path} {
      proxy_pass http://127.0.0.1:${to}/;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`,
  );
  const child = spawn(NGINX, ["-c", rig.path("nginx.conf")], { stdio: "ignore" });
  await until(() => isListening(port), { what: "nginx" });
  return { child, to: { host: "127.0.0.1", port } };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** The text of an attribute. */
function unescaped(attribute: string): string {
  return attribute.replace(/&#x([0-9A-F]+);/gi, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
}

async function end(child: ChildProcess): Promise<void> {
  const ended = event(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

e2e("the page works below a path of nginx (web-relative)", MISSING, async (rig) => {
  const tcp = { host: "127.0.0.1", port: await rig.findPort() };
  const user = "[user:ann]\npassword=look\nrole=operate\n";
  await rig.startWith(`[inet_http_server]\nport=127.0.0.1:${tcp.port}\n${user}${PROGRAM}`);
  const { child, to } = await startNginx(rig, tcp.port, "/ops/tsv/");
  try {
    const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
      send(to, { method: "GET", path: `/ops/tsv/${path}`, headers: { ...HTML, ...headers } });
    const asked = await get("program.html?processname=web");
    assert.deepEqual(
      [asked.status, asked.headers["location"]],
      [303, "login?next=program.html%3Fprocessname%3Dweb"],
    );
    const form = new URLSearchParams({ username: "ann", password: "look" }).toString();
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    const signed = await send(to, {
      ...{ method: "POST", path: "/ops/tsv/login", body: form },
      headers: { ...HTML, ...type, Origin: `http://127.0.0.1:${to.port}` },
    });
    assert.equal(signed.status, 303);
    const cookie = String(signed.headers["set-cookie"]).split(";", 1)[0] ?? "";
    const linksOf = (body: string, pattern: RegExp) =>
      Array.from(body.matchAll(pattern), ([, link = ""]) => unescaped(link));
    const pages = ["", "program.html?processname=web", "tail.html?processname=web"];
    for (const path of pages) {
      const { status, body } = await get(path, { Cookie: cookie });
      assert.equal(status, 200, path);
      for (const link of linksOf(body, / (?:href|src|action|formaction)="([^"]*)"/g)) {
        assert.doesNotMatch(link, /^\/|^https?:\/\/127/, `${path}: ${link}`);
      }
    }
    const { body } = await get("", { Cookie: cookie });
    const files = linksOf(body, /<(?:link|script)[^>]* (?:href|src)="([^"]*)"/g);
    assert.notEqual(files.length, 0);
    for (const link of files) {
      assert.equal((await get(link, { Cookie: cookie })).status, 200, link);
    }
    const stream = exchange(
      to,
      `GET /ops/tsv/events/status HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nAccept: text/event-stream\r\n\r\n`,
      (text) => /\r\n\r\n[\s\S]*(?:data|id|event|retry):|\r\n\r\n[\s\S]*:/.test(text),
    );
    const { text } = await within(stream, { what: "the first bytes of the stream" });
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.match(text, /text\/event-stream/);
  } finally {
    await end(child);
  }
  assert.deepEqual(await call(tcp, "supervisor.getState"), { kind: "http", status: 401 });
});
