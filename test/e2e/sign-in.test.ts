// Sessions of the web page (sign-in).

import assert from "node:assert/strict";
import { call, send } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const HTML = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

e2e("a browser signs in on a page, and others are asked as before (sign-in)", async (rig) => {
  const tcp = { host: "127.0.0.1", port: await rig.findPort() };
  const server = `[inet_http_server]\nport=127.0.0.1:${tcp.port}\n`;
  const users = "[user:ann]\npassword=look\n[user:boss]\npassword=all\nrole=operate\n";
  const daemon = await rig.startWith(server + users + PROGRAMS);
  const get = (path: string, headers: Readonly<Record<string, string>> = HTML) =>
    send(tcp, { method: "GET", path, headers });
  const post = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
    send(tcp, {
      ...{ method: "POST", path, body: new URLSearchParams(form).toString() },
      headers: { ...HTML, "Content-Type": "application/x-www-form-urlencoded", ...headers },
    });
  for (const [path, headers] of [
    ["/", {}],
    ["/", { Accept: "*/*" }],
    ["/logtail/web", HTML],
    ["/RPC2", HTML],
    ["/", { ...HTML, Authorization: "Basic eDp5" }],
    ["/login?basic=1", HTML],
  ] as const) {
    const asked = await get(path, headers);
    assert.equal(asked.status, 401, path);
    assert.equal(asked.headers["www-authenticate"], 'Basic realm="default"');
  }
  for (const [path, location] of [
    ["/", "login"],
    ["/program.html?processname=web", "login?next=program.html%3Fprocessname%3Dweb"],
    ["/?x=//evil", "login"],
  ] as const) {
    const sent = await get(path);
    assert.deepEqual([sent.status, sent.headers["location"]], [303, location]);
  }
  const form = await get("/login?next=//evil.example/");
  assert.equal(form.status, 200);
  assert.match(form.body, /name="next" value="\.&#x2F;"/);
  assert.doesNotMatch(form.body, /evil/);
  const wrong = await post("/login", { username: "ann", password: "all" });
  assert.deepEqual([wrong.status, wrong.headers["set-cookie"]], [403, undefined]);
  await daemon.logged(/WARN wrong user name or password for \[inet_http_server\] from /);
  const foreign = await post(
    "/login",
    { username: "ann", password: "look" },
    { Origin: "http://evil.example" },
  );
  assert.deepEqual([foreign.status, foreign.headers["set-cookie"]], [403, undefined]);
  const signIn = async (username: string, password: string, headers = {}) => {
    const signed = await post("/login", { username, password }, headers);
    assert.equal(signed.status, 303);
    const [set = ""] = [signed.headers["set-cookie"] ?? ""].flat();
    return { set, cookie: set.split(";", 1)[0] ?? "" };
  };
  const { set, cookie } = await signIn("ann", "look");
  assert.match(set, /^tsv_\d+=[\w-]{43}; HttpOnly; SameSite=Strict$/);
  assert.match((await signIn("ann", "look", { "X-Forwarded-Proto": "https" })).set, /; Secure$/);
  await daemon.logged(/INFO asked: sign in \(web page\) by ann, 127\.0\.0\.1:\d+\n/);
  const page = await get("/", { ...HTML, Cookie: cookie });
  assert.equal(page.status, 200);
  assert.match(page.body, /Signed in as ann/);
  const token = (body: string) => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? "";
  const stop = (by: string, of: string, headers = {}) =>
    post(
      "/index.html",
      { action: "stop", processname: "web", token: of },
      { Cookie: by, ...headers },
    );
  assert.equal((await stop(cookie, token(page.body))).status, 403);
  const boss = (await signIn("boss", "all")).cookie;
  const own = token((await get("/", { ...HTML, Cookie: boss })).body);
  const evil = { Origin: "http://evil.example" };
  assert.equal((await stop(boss, own, evil)).status, 403);
  assert.equal((await stop(boss, "x")).status, 403);
  assert.deepEqual(await call(tcp, "supervisor.stopProcess", ["web"], { Cookie: boss, ...evil }), {
    kind: "http",
    status: 403,
  });
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
  assert.equal((await stop(boss, own)).status, 303);
  await daemon.logged(/INFO asked: stop web \(web page\) by boss, 127\.0\.0\.1:\d+\n/);
  assert.equal((await post("/logout", {}, { Cookie: boss })).status, 403);
  assert.equal((await post("/logout", { token: own }, { Cookie: boss })).status, 303);
  const over = await get("/events/status", { Accept: "text/event-stream", Cookie: boss });
  assert.deepEqual([over.status, over.headers["www-authenticate"]], [401, undefined]);
  assert.equal((await get("/", { ...HTML, Cookie: boss })).status, 303);
  rig.configure(`${server}[user:ann]\npassword=other\n${PROGRAMS}`);
  await daemon.ask("reloadConfig");
  assert.equal((await get("/", { ...HTML, Cookie: cookie })).status, 303);
});
