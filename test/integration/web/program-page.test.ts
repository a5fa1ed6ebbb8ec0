// The page of one program over HTTP: contents, escaping, permissions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { err, ok } from "../../../src/core/base/result.ts";
import { type EndedRun, NO_RUNS } from "../../../src/core/process/runs.ts";
import { fault } from "../../../src/core/xmlrpc/faults.ts";
import { SOMEBODY } from "../../fakes/principals.ts";
import { startWeb, type WebRig } from "./rig.ts";

let rig: WebRig;
before(async () => {
  rig = await startWeb();
});
after(() => rig.stop());

const PAGE = "/program.html?processname=web";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const STOP = { action: "stop", processname: "web" };

function location(reply: { headers: Readonly<Record<string, unknown>> }): string {
  return decodeURIComponent(String(reply.headers["location"]));
}

test("it shows state, reason, runs, both logs and the configuration, and the list links to it (web-program-page)", async () => {
  rig.parts.logs.set("web:web stderr", "<script>x</script>\x1b[31mred\x07\n");
  const web = rig.parts.supervisor.fake("web:web");
  const run: EndedRun = {
    ...{ pid: 7, cause: "autorestart", startWall: 1e12, endWall: 1e12 + 500, upMs: 500 },
    ...{ ending: "exited", expected: false, spawnErr: "", signals: [], reason: "", reached: [] },
    left: null,
    outcome: { exitCode: 3, signal: null, coreDumped: false },
  };
  web.report = { start: 1e12, runs: { ...NO_RUNS, ended: [run], total: 1 } };
  const { status, body } = await rig.ask("GET", PAGE);
  assert.equal(status, 200);
  assert.match(body, /data-state="running"/);
  assert.match(body, /exit status 3/);
  assert.match(body, /<time datetime="2001-09-09T01:46:40Z">2001-09-09 01:46:40<\/time>/);
  assert.match(body, /second &lt;b&gt;line/);
  assert.match(body, /&lt;script&gt;x&lt;&#x2F;script&gt;red␇/);
  assert.doesNotMatch(body, /<script>x|\x1b/);
  assert.match(body, /&#x2F;bin&#x2F;web/);
  const list = await rig.ask("GET", "/");
  assert.match(list.body, /<a href="program\.html\?processname=web"/);
  delete web.report;
});

test("the command of the page names a configuration that tsv would not find, by its absolute path", async () => {
  const given = { here: "/srv/my app", configFile: "../my app/d.conf" };
  for (const [daemon, command] of [
    [given, "tsv why -c '/srv/my app/d.conf' pool:a"],
    [{ here: "/etc/tsv", configFile: "/etc/tsv/tsv.conf" }, "tsv why pool:a"],
  ] as const) {
    Object.assign(rig.parts.supervisor.config().daemon, daemon);
    const { body } = await rig.ask("GET", "/program.html?processname=pool:a");
    const shown = body.replaceAll("&#39;", "'").replaceAll("&#x2F;", "/");
    assert.ok(shown.includes(`<code>${command}</code>`), command);
  }
});

test("an unknown program is 404, with a link to all programs; the name of a group lists its programs", async () => {
  for (const name of ["no", "%3Cb%3E", "web:no", ""]) {
    const { status, body } = await rig.ask("GET", `/program.html?processname=${name}`);
    assert.equal(status, 404, name);
    assert.match(body, /<a class="do" href="\.\/">/);
    assert.doesNotMatch(body, /<b>/);
  }
  const group = await rig.ask("GET", "/program.html?processname=pool:*");
  assert.equal(group.status, 404);
  assert.match(group.body, /href="program\.html\?processname=pool%3Ab"/);
  assert.equal((await rig.ask("GET", "/events/program?processname=no")).status, 404);
});

test("its form acts and returns to it, with the message", async () => {
  const token = await rig.token();
  const stopped = await rig.ask("POST", "/program.html", FORM, { ...STOP, token });
  assert.equal(stopped.status, 303);
  assert.equal(location(stopped), "program.html?processname=web&message=Process web stopped");
  const start = { action: "start", processname: "web", token };
  assert.equal((await rig.ask("POST", "/program.html", FORM, start)).status, 303);
  const shown = await rig.ask("GET", `${PAGE}&message=%3Ci%3E`);
  assert.match(shown.body, /<p class="status_msg success">&lt;i&gt;<\/p>/);
});

test("a signal is sent, and one that cannot be sent says why", async () => {
  const token = await rig.token();
  const form = { action: "signal", signal: "HUP", processname: "web", token };
  const sent = await rig.ask("POST", "/program.html", FORM, form);
  assert.match(location(sent), /message=HUP sent to web$/);
  assert.ok(rig.parts.supervisor.calls.includes("signal web:web 1"));
  const wrong = await rig.ask("POST", "/program.html", FORM, { ...form, signal: "NO" });
  assert.match(location(wrong), /message=ERROR: Process web: /);
  const down = { ...form, processname: "pool:b" };
  rig.parts.supervisor.fake("pool:b").state = "STOPPED";
  assert.match(
    location(await rig.ask("POST", "/program.html", FORM, down)),
    /ERROR: Process pool:b: /,
  );
});

test("without the token, or from a page of another site, it asks, and nothing is done", async () => {
  const token = await rig.token();
  const calls = rig.parts.supervisor.calls.length;
  for (const [headers, form] of [
    [{}, STOP],
    [
      { "Sec-Fetch-Site": "cross-site" },
      { action: "signal", signal: "KILL", processname: "web", token },
    ],
  ] as const) {
    const { status, body } = await rig.ask("POST", "/program.html", { ...FORM, ...headers }, form);
    assert.equal(status, 403);
    assert.match(body, /<form action="program\.html" method="post"/);
    assert.match(body, /<a class="do" href="program\.html\?processname&#x3D;web">Cancel/);
  }
  assert.equal(rig.parts.supervisor.calls.length, calls);
});

test("no link acts on it, even where old links are allowed; nor do links with actions that Supervisor lacks", async () => {
  const legacy = await startWeb({ legacyGetActions: true });
  for (const path of [
    "/program.html?action=stop&processname=web",
    "/index.html?action=signal&signal=KILL&processname=web",
    "/index.html?action=startall",
  ]) {
    const { status, body } = await legacy.ask("GET", path);
    assert.equal(status, 200, path);
    assert.match(body, /<h1>[^<]+\?<\/h1>/, path);
  }
  assert.deepEqual(legacy.parts.supervisor.calls, []);
  await legacy.stop();
});

test("our own script gets the page that explains a failure", async () => {
  const token = await rig.token();
  rig.parts.supervisor.answers.set("start web:web", err(fault("SPAWN_ERROR", "web")));
  rig.parts.supervisor.fake("web:web").state = "STOPPED";
  const form = { action: "start", processname: "web", token };
  const reply = await rig.ask("POST", "/", { ...FORM, Accept: "application/json" }, form);
  assert.equal(JSON.parse(reply.body).program, "program.html?processname=web");
  rig.parts.supervisor.answers.clear();
  const page = await rig.ask("GET", "/?message=ERROR%3A%20Process%20web%3A%20spawn%20error");
  assert.match(page.body, /spawn error <a href="program\.html\?processname&#x3D;web">/);
});

test("an action on all programs names those that failed (web-all-error)", async () => {
  const token = await rig.token();
  for (const name of ["web:web", "pool:a", "pool:b"])
    rig.parts.supervisor.fake(name).state = "STOPPED";
  rig.parts.supervisor.answers.set("start pool:b", err(fault("NO_FILE", "/x")));
  const reply = await rig.ask("POST", "/", FORM, { action: "restartall", token });
  assert.equal(location(reply), "./?message=ERROR: Not all restarted: pool:b: NO_FILE: /x");
  rig.parts.supervisor.answers.clear();
  const started = await rig.ask("POST", "/", FORM, { action: "startall", token });
  assert.match(location(started), /^\.\/\?message=All started at /);
});

test("files are read only when a person asks for it, and problems are told", async () => {
  const { supervisor } = rig.parts;
  const form = { show: "files", processname: "web", token: await rig.token() };
  const reads = () => supervisor.calls.filter((call) => /^(?:plan|options) /.test(call));
  const place = { file: "/etc/tsv/tsv.conf", line: 7, from: null };
  supervisor.filed = ok([{ key: "command", value: "/bin/<b>", places: [place] }]);
  await rig.ask("GET", `${PAGE}&show=files&token=${form.token}`);
  const foreign = { ...FORM, "Sec-Fetch-Site": "cross-site" };
  assert.equal((await rig.ask("POST", "/program.html", foreign, form)).status, 403);
  assert.equal((await rig.ask("POST", "/program.html", FORM, { ...form, token: "" })).status, 403);
  assert.deepEqual(reads(), []);
  const shown = await rig.ask("POST", "/program.html", FORM, form);
  assert.equal(shown.status, 200);
  assert.deepEqual(reads(), ["plan web:web", "options program:x"]);
  assert.match(shown.body, /Nothing to apply/);
  assert.match(shown.body, /&#x2F;bin&#x2F;&lt;b&gt;.*tsv\.conf:7/);
  supervisor.filed = err(fault("CANT_REREAD", "line 3 is wrong"));
  const failed = await rig.ask("POST", "/program.html", FORM, form);
  assert.match(failed.body, /CANT_REREAD: line 3 is wrong/);
  supervisor.filed = ok([]);
});

test("who asked for changes, and the files, are for those who may configure", async () => {
  const asked = [{ at: 1e12, what: "stop web (web page)", who: "joe, 10.0.0.5:3123" }];
  rig.parts.asked = asked;
  assert.match((await rig.ask("GET", PAGE)).body, /asked: stop web \(web page\) by joe/);
  rig.parts.asked = [];
  const reader = await startWeb({}, { ...SOMEBODY, role: "operate", programs: ["web"] });
  reader.parts.asked = asked;
  const { body } = await reader.ask("GET", PAGE);
  assert.doesNotMatch(body, /joe|id="files"/);
  const form = { show: "files", processname: "web", token: await reader.token() };
  assert.equal((await reader.ask("POST", "/program.html", FORM, form)).status, 403);
  assert.deepEqual(reader.parts.supervisor.calls, []);
  await reader.stop();
});
