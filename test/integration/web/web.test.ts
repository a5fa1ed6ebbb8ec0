// The web page over HTTP: permissions, redirects, headers, files, and waiting that delays no other client.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { READER } from "../../../src/core/access/principal.ts";
import { err } from "../../../src/core/base/result.ts";
import { fault } from "../../../src/core/xmlrpc/faults.ts";
import { exchange, isWholeReply, send } from "../../e2e/rig/http.ts";
import { NOBODY, SOMEBODY } from "../../fakes/principals.ts";
import { startWeb, type WebRig } from "./rig.ts";

let rig: WebRig;
before(async () => {
  rig = await startWeb();
});
after(() => rig.stop());

const STOP = { action: "stop", processname: "web" };
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

function location(reply: { headers: Readonly<Record<string, unknown>> }): string {
  return decodeURIComponent(String(reply.headers["location"]));
}

void test("web-post: a form with its token acts and answers 303, relative, with Supervisor's message", async () => {
  const token = await rig.token();
  const reply = await rig.ask("POST", "/index.html", FORM, { ...STOP, token });
  assert.equal(reply.status, 303);
  assert.equal(location(reply), "./?message=Process web stopped");
  assert.equal(reply.body, "");
  const start = { action: "start", processname: "web", token };
  assert.equal(location(await rig.ask("POST", "/", FORM, start)), "./?message=Process web started");
  const again = await rig.ask("POST", "/", FORM, start);
  assert.equal(location(again), "./?message=ERROR: Process web: already started");
});

void test("a form without a token, with a wrong one or with another section's is refused, and asks", async () => {
  const other = await startWeb();
  const calls = rig.parts.supervisor.calls.length;
  for (const token of ["", "x", `${await rig.token()}x`, await other.token()]) {
    const reply = await rig.ask("POST", "/index.html", FORM, { ...STOP, token });
    assert.equal(reply.status, 403);
    assert.match(reply.body, /Stop web\?/);
  }
  assert.equal(rig.parts.supervisor.calls.length, calls);
  await other.stop();
});

void test("a form of another site is refused even with a token", async () => {
  const form = { ...STOP, token: await rig.token() };
  const calls = rig.parts.supervisor.calls.length;
  const foreign = [
    { Host: "sup:9001", Origin: "http://evil.example" },
    { "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of foreign) {
    assert.equal((await rig.ask("POST", "/", { ...FORM, ...headers }, form)).status, 403);
  }
  assert.equal(rig.parts.supervisor.calls.length, calls);
  const ours = { Host: "sup:9001", Origin: "http://sup:9001" };
  assert.equal((await rig.ask("POST", "/", { ...FORM, ...ours }, form)).status, 303);
});

void test("web-get-asks: a link that would change something shows a question with the form for it", async () => {
  const calls = rig.parts.supervisor.calls.length;
  const reply = await rig.ask("GET", "/index.html?action=restart&processname=pool%3Aa");
  assert.equal(reply.status, 200);
  assert.match(reply.body, /Restart pool:a\?/);
  assert.match(reply.body, /<input type="hidden" name="processname" value="pool:a">/);
  assert.equal(rig.parts.supervisor.calls.length, calls);
  const refresh = await rig.ask("GET", "/?action=refresh");
  assert.equal(refresh.status, 301);
  assert.match(location(refresh), /^\.\/\?message=Page refreshed at \w{3} \w{3} /);
});

void test("old links and forms act where they are allowed, but not for pages of other sites", async () => {
  const legacy = await startWeb({ legacyGetActions: true });
  const link = "/index.html?action=stop&processname=web";
  const image = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
  assert.equal((await legacy.ask("GET", link, image)).status, 200);
  assert.deepEqual(legacy.parts.supervisor.calls, []);
  const get = await legacy.ask("GET", link, { Host: "any.example" });
  assert.equal(get.status, 301);
  assert.equal(location(get), "./?message=Process web stopped");
  const click = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
  };
  const start = "/index.html?action=start&processname=web";
  assert.equal((await legacy.ask("GET", start, click)).status, 301);
  const post = await legacy.ask("POST", "/", FORM, STOP);
  assert.equal(post.status, 303);
  const foreign = { ...FORM, Host: "x", Origin: "http://evil.example" };
  assert.equal((await legacy.ask("POST", "/", foreign, STOP)).status, 403);
  await legacy.stop();
});

void test("an action that waits delays no other client", async () => {
  const form = { action: "restart", processname: "pool:a", token: await rig.token() };
  rig.parts.supervisor.fake("pool:a").state = "RUNNING";
  rig.parts.supervisor.hold("pool:a");
  const waiting = rig.ask("POST", "/", FORM, form);
  while (!rig.parts.supervisor.isHeld("pool:a")) await rig.ask("GET", "/ok.html");
  assert.equal((await rig.ask("GET", "/")).status, 200);
  rig.parts.supervisor.fake("pool:a").state = "STOPPED";
  rig.parts.supervisor.release("pool:a");
  assert.equal(location(await waiting), "./?message=Process pool:a restarted");
});

void test("web-groups: an action for a group names the programs that failed", async () => {
  const token = await rig.token();
  for (const name of ["a", "b"]) rig.parts.supervisor.fake(`pool:${name}`).state = "STOPPED";
  rig.parts.supervisor.answers.set("start pool:b", err(fault("NO_FILE", "/x")));
  const form = { action: "start", processname: "pool:*", token };
  const failed = await rig.ask("POST", "/", FORM, form);
  assert.equal(location(failed), "./?message=ERROR: Group pool:*: b: NO_FILE: /x");
  rig.parts.supervisor.answers.clear();
  const clear = { action: "clearlog", processname: "pool:*", token };
  assert.equal(
    location(await rig.ask("POST", "/", FORM, clear)),
    "./?message=No such process named pool:*",
  );
});

void test("selected programs are started and stopped, and only those that fail are named (web-selected)", async () => {
  const token = await rig.token();
  const { supervisor } = rig.parts;
  supervisor.fake("web:web").state = "RUNNING";
  supervisor.fake("pool:a").state = "STOPPED";
  const ask = async (verb: string, names: readonly string[]) => {
    const body = [
      ["action", `${verb}selected`],
      ["token", token],
      ...names.map((n) => ["program", n]),
    ];
    const text = new URLSearchParams(body as [string, string][]).toString();
    return location(
      await send(rig.address, { method: "POST", path: "/", headers: FORM, body: text }),
    );
  };
  // One that runs already is no failure.
  assert.match(await ask("start", ["web", "pool:a"]), /message=2 programs started at /);
  assert.equal(supervisor.fake("pool:a").state, "RUNNING");
  assert.match(await ask("stop", ["pool:a"]), /message=1 program stopped at /);
  supervisor.answers.set("start pool:a", err(fault("NO_FILE", "/x")));
  const failed = await ask("start", ["pool:a", "no", "web"]);
  assert.match(
    failed,
    /message=ERROR: Not all started: pool:a: no such file; No such process named no$/,
  );
  supervisor.answers.clear();
  const question = await rig.ask("GET", "/?action=stopselected&program=web&program=pool%3Aa");
  assert.match(question.body, /<h1>Stop 2 programs: web, pool:a\?<\/h1>/);
  assert.match(question.body, /name="program" value="web">\s*<input [^>]*value="pool:a">/);
  assert.match(question.body, /name="action" value="stopselected"/);
});

void test("a client that only reads is shown no buttons and no boxes", async () => {
  const reader = await startWeb({}, { ...SOMEBODY, ...READER });
  const { body } = await reader.ask("GET", "/");
  assert.match(body, /href="program.html\?processname=pool:a"/);
  assert.doesNotMatch(body, /class="?pick"?|Start all|name="?(?:start|stop|restart)|id="selected"/);
  await reader.stop();
});

void test("trends need a history, and are of the programs that have one", async () => {
  assert.equal((await rig.ask("GET", "/trends")).status, 404);
  const values = [null, 0, 50, 100];
  const steps = { from: 0, step: 60_000 };
  const usage = { cpuMean: values, cpuMax: values, memoryMax: values };
  const series = { ...steps, ...usage, starts: { ...steps, counts: [] } };
  const other = await startWeb({}, SOMEBODY, (parts) => {
    parts.history = { query: (key) => (key === "web:web" ? series : null) };
  });
  const reply = await other.ask("GET", "/trends");
  assert.deepEqual(JSON.parse(reply.body), { web: ["-0iz", "100 %"] });
  assert.match((await other.ask("GET", "/")).body, /<td class=trend>/);
  await other.stop();
});

void test("web-restart-error: a restart that cannot start reports it", async () => {
  rig.parts.supervisor.answers.set("start web:web", err(fault("SPAWN_ERROR", "web")));
  const form = { action: "restart", processname: "web", token: await rig.token() };
  const reply = await rig.ask("POST", "/", FORM, form);
  assert.equal(location(reply), "./?message=ERROR: Process web: spawn error");
  rig.parts.supervisor.answers.clear();
});

void test("web-unknown-action: an action that is none, or names no program, is 400 and says which", async () => {
  for (const query of ["action=dance&processname=web", "action=start", "action=clearlog"]) {
    const reply = await rig.ask("GET", `/?${query}`);
    assert.equal(reply.status, 400);
    assert.match(reply.body, /There is no action &quot;(?:dance|start|clearlog)&quot;/);
  }
});

void test("our own script is answered in JSON", async () => {
  const json = { ...FORM, Accept: "application/json" };
  const good = await rig.ask("POST", "/", json, { action: "refresh" });
  assert.equal(good.status, 200);
  assert.equal(JSON.parse(good.body).ok, true);
  const bad = await rig.ask("POST", "/", json, STOP);
  assert.equal(bad.status, 403);
  assert.equal(JSON.parse(bad.body).ok, false);
});

void test("pages forbid scripts of others, frames, guessing of types and keeping", async () => {
  for (const path of ["/", "/tail.html?processname=web", "/?action=stopall", "/?action=x"]) {
    const { headers } = await rig.ask("GET", path);
    assert.equal(headers["content-type"], "text/html;charset=utf-8");
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|data:|\*/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["referrer-policy"], "same-origin");
    assert.equal(headers["cache-control"], "no-store");
  }
});

void test("no page contains inline scripts, styles or handlers", async () => {
  for (const path of ["/", "/tail.html?processname=web", "/?action=stopall", "/?action=x"]) {
    const { body } = await rig.ask("GET", path);
    assert.doesNotMatch(body, /<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]* src=)[^>]*>/i);
  }
});

void test("files are kept by their tag, and for good under the address that pages use", async () => {
  const { body } = await rig.ask("GET", "/");
  const [address = ""] = /stylesheets&#x2F;supervisor\.css\?v&#x3D;\w+/.exec(body) ?? [];
  const path = `/${address.replace("&#x2F;", "/").replace("&#x3D;", "=")}`;
  const forGood = await rig.ask("GET", path);
  assert.match(String(forGood.headers["cache-control"]), /immutable/);
  const plain = await rig.ask("GET", "/stylesheets/supervisor.css");
  assert.equal(plain.headers["content-type"], "text/css;charset=utf-8");
  assert.equal(plain.headers["cache-control"], "no-cache");
  assert.equal(plain.body, forGood.body);
  const tag = String(plain.headers["etag"]);
  const known = await rig.ask("GET", "/stylesheets/supervisor.css", { "If-None-Match": tag });
  assert.equal(known.status, 304);
  assert.equal(known.body, "");
  const icon = await rig.ask("GET", "/images/icon.png");
  assert.equal(icon.headers["content-type"], "image/png");
  for (const name of ["status", "live", "list", "page", "tail"]) {
    const { status, headers } = await rig.ask("GET", `/scripts/${name}.js`);
    assert.deepEqual([status, headers["content-type"]], [200, "text/javascript;charset=utf-8"]);
  }
  const paths = [
    "/scripts/../web.ts",
    "/scripts/",
    "/constructor",
    "/stylesheets/base.css",
    "/status.mustache",
  ];
  for (const wrong of paths) assert.equal((await rig.ask("GET", wrong)).status, 404, wrong);
});

void test("the end of a log is shown, from a whole character on, with Supervisor's words where there is none", async () => {
  const shown = await rig.ask("GET", "/tail.html?processname=web");
  assert.match(shown.body, /first line\nsecond &lt;b&gt;line&lt;&#x2F;b&gt;\n<\/pre>/);
  assert.match(shown.body, /<title>Supervisor tail of process web<\/title>/);
  rig.parts.logs.set("pool:a stdout", `${"€".repeat(1000)}end`);
  const cut = await rig.ask("GET", "/tail.html?processname=pool:a&limit=1024");
  assert.match(cut.body, />€{340}end<\/pre>/);
  const rows = [
    ["/tail.html", "No process name found"],
    ["/tail.html?processname=pool:b", "No file for pool:b"],
  ] as const;
  for (const [path, text] of rows) {
    const reply = await rig.ask("GET", path);
    assert.equal(reply.status, 200);
    assert.ok(reply.body.includes(`>${text}</pre>`), path);
  }
});

void test("tail.html of a name that is not a program's is a page with 404 (web-tail-unknown)", async () => {
  const unknown = await rig.ask("GET", "/tail.html?processname=no%3Cb%3Epe");
  assert.equal(unknown.status, 404);
  assert.match(unknown.body, /<h1>No such program<\/h1>\s*<p>[^<]*no&lt;b&gt;pe\./);
  const group = await rig.ask("GET", "/tail.html?processname=pool:*&channel=stderr");
  assert.equal(group.status, 404);
  assert.match(group.body, /is a group<\/h1>\s*<ul><li><a [^>]*>pool:a</);
});

void test("bodies that are no form of ours are refused without harm", async () => {
  const bare = await exchange(rig.address, "POST / HTTP/1.1\r\nHost: x\r\n\r\n", isWholeReply);
  assert.match(bare.text, /^HTTP\/1\.1 411 /);
  const large = await rig.ask("POST", "/", FORM, { action: "x".repeat(600_000) });
  assert.equal(large.status, 413);
  const odd = await rig.ask("POST", "/", { "Content-Type": "text/xml" }, { "%": "%zz" });
  assert.equal(odd.status, 200);
});

void test("the health page answers OK", async () => {
  const reply = await rig.ask("GET", "/ok.html");
  assert.deepEqual([reply.status, reply.body], [200, "OK"]);
  assert.equal((await rig.ask("HEAD", "/")).status, 200);
});

void test("a client without permission to change gets that answer without a question, and nothing is done", async () => {
  const powerless = await startWeb({}, NOBODY);
  const token = await powerless.token();
  const reply = await powerless.ask("POST", "/", FORM, { ...STOP, token });
  assert.equal(reply.status, 403);
  assert.match(reply.body, /not permitted: this needs the role operate/);
  assert.doesNotMatch(reply.body, /Stop web\?/);
  const json = await powerless.ask("POST", "/", { ...FORM, Accept: "application/json" }, STOP);
  assert.deepEqual([json.status, JSON.parse(json.body).ok], [403, false]);
  assert.match((await powerless.ask("GET", "/tail.html?processname=web")).body, /not permitted/);
  assert.deepEqual(powerless.parts.supervisor.calls, []);
  await powerless.stop();
});
