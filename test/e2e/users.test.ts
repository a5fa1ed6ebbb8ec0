// Sections [user:x] and read_group (users).

import assert from "node:assert/strict";
import { call, send } from "./rig/http.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
[program:db]
command=sleep 1000
startsecs=0
`;
/** Of which a user sees `web` alone. */
const CHAIN = `
[program:web]
command=sleep 1000
startsecs=0
depends_on=vault:ready
[program:vault]
command=sleep 1000
ready_check=tcp://127.0.0.1:1
ready_timeout=1000
`;
const TOKEN = "0123456789abcdef";
const basic = (text: string) => ({
  Authorization: `Basic ${Buffer.from(text).toString("base64")}`,
});
const bearer = { Authorization: `Bearer ${TOKEN}` };

e2e(
  "users do what their roles allow, to the programs that they see, and the log names them (users)",
  async (rig) => {
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    const daemon = await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${tcp.port}
[user:ann]\npassword=look
[user:deploy]\ntoken=${TOKEN}\nrole=operate\nprograms=web
[user:boss]\npassword=all\nrole=admin
${PROGRAMS}`,
    );
    const names = async (headers: Readonly<Record<string, string>>) => {
      const answer = await call(tcp, "supervisor.getAllProcessInfo", [], headers);
      assert.equal(answer.kind, "result", JSON.stringify(answer));
      const infos = answer.kind === "result" ? answer.value : [];
      return (infos as readonly { readonly name: string }[]).map(({ name }) => name);
    };
    const fault = async (
      headers: Readonly<Record<string, string>>,
      method: string,
      ...params: string[]
    ) => {
      const answer = await call(tcp, method, params, headers);
      return answer.kind === "fault" ? answer.code : answer.kind;
    };
    assert.deepEqual(await call(tcp, "supervisor.getState"), { kind: "http", status: 401 });
    assert.deepEqual(await names(basic("ann:look")), ["db", "web"]);
    assert.deepEqual(await names(bearer), ["web"]);
    assert.equal(await fault(basic("ann:look"), "supervisor.stopProcess", "web"), 30);
    assert.equal(await fault(bearer, "supervisor.stopProcess", "db"), 10);
    assert.equal(await fault(bearer, "supervisor.shutdown"), 30);
    await daemon.logged(/INFO not permitted: supervisor\.shutdown to deploy, 127\.0\.0\.1:\d+\n/);
    assert.equal(await fault(bearer, "supervisor.stopProcess", "web"), "result");
    await daemon.logged(/INFO asked: supervisor\.stopProcess\(web\) by deploy, 127\.0\.0\.1:\d+\n/);
    assert.equal(await fault(basic("boss:all"), "supervisor.stopProcess", "db"), "result");
    for (const [path, headers, status] of [
      ["/", basic("ann:look"), 200],
      ["/mainlogtail", basic("ann:look"), 403],
      ["/logtail/db", bearer, 404],
      ["/program.html?processname=db", bearer, 404],
      ["/program.html?processname=web", bearer, 200],
      ["/events/tail?log=main", bearer, 403],
      ["/events/program?processname=db", bearer, 404],
      ["/", {}, 401],
      ["/", basic("ann:all"), 401],
      ["/", { Authorization: "Bearer look" }, 401],
    ] as const) {
      assert.equal((await send(tcp, { method: "GET", path, headers })).status, status, path);
    }
    const page = await send(tcp, { method: "GET", path: "/", headers: bearer });
    assert.match(page.body, /web/);
    assert.doesNotMatch(page.body, /processname=db/);
    const status = await rig.tsv(
      ...["status", "-c", rig.path("d.conf"), "-s", `http://127.0.0.1:${tcp.port}`],
      ...["-u", "ann", "-p", "look"],
    );
    assert.match(status.stdout, /^db .*\nweb /m);
  },
);

e2e(
  "tsv passwd hashes a password for the section, and users change with reread (users)",
  async (rig) => {
    const hashed = await rig.command([TSV, "passwd"], { input: "correct horse\n" });
    assert.match(hashed.stdout, /^password=\{scrypt\}16384\$8\$1\$[\w-]+\$[\w-]+\n$/);
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    const server = `[inet_http_server]\nport=127.0.0.1:${tcp.port}\n`;
    const daemon = await rig.startWith(`${server}[user:ann]\n${hashed.stdout}${PROGRAMS}`);
    const status = async (text: string) =>
      (await send(tcp, { method: "GET", path: "/ok.html", headers: basic(text) })).status;
    assert.equal(await status("ann:correct horse"), 200);
    assert.equal(await status("ann:wrong"), 401);
    const flood = await Promise.all(Array.from({ length: 40 }, () => status("ann:guess")));
    assert.ok(
      flood.every((each) => each === 401 || each === 503),
      flood.join(),
    );
    assert.ok(flood.includes(503));
    assert.equal(await status("ann:correct horse"), 200);
    rig.configure(`${server}${PROGRAMS}`);
    await daemon.ask("reloadConfig");
    assert.equal(await status("ann:correct horse"), 401);
    assert.equal((await send(tcp, { method: "GET", path: "/ok.html" })).status, 401);
  },
);

e2e(
  "a server goes on to ask when its users are gone from the files, also after an upgrade and its death",
  async (rig) => {
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    const server = `[inet_http_server]\nport=127.0.0.1:${tcp.port}\n`;
    const daemon = await rig.startWith(`${server}${PROGRAMS}`);
    // No request comes to the server before.
    rig.configure(`${server}[user:ann]\npassword=x\n${PROGRAMS}`);
    await daemon.ask("reloadConfig");
    rig.configure(`${server}${PROGRAMS}`);
    await daemon.ask("reloadConfig");
    assert.equal((await rig.command([TSV, "upgrade", TSV, "-c", rig.path("d.conf")])).status, 0);
    const status = async () => (await send(tcp, { method: "GET", path: "/ok.html" })).status;
    assert.equal(await status(), 401);
    process.kill(daemon.process, "SIGKILL");
    await daemon.logged(/the daemon was killed by SIGKILL/);
    assert.equal(await status(), 401);
  },
);

e2e(
  "the page of a program names no other program to a user that does not see it (users)",
  async (rig) => {
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${tcp.port}
[user:deploy]\npassword=all\nrole=operate\nprograms=web
[user:boss]\npassword=all\nrole=admin
${CHAIN}`,
    );
    const page = async (user: string) => {
      const headers = basic(`${user}:all`);
      const path = "/program.html?processname=web";
      return (await send(tcp, { method: "GET", path, headers })).body;
    };
    assert.match(await page("boss"), /waiting for vault to be ready/);
    const limited = await page("deploy");
    assert.match(limited, /another program/);
    assert.doesNotMatch(limited, /vault/);
  },
);

e2e("an admin acts for others with their roles, and the log names them", async (rig) => {
  const tcp = { host: "127.0.0.1", port: await rig.findPort() };
  const daemon = await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${tcp.port}\n[user:ann]\npassword=look\nrole=operate\n${PROGRAMS}`,
  );
  const unix = { socketPath: rig.path("d.sock") };
  const status = async (role: string, path: string, more = {}) => {
    const headers = { "Tsv-Role": role, ...more };
    return (await send(unix, { method: "GET", path, headers })).status;
  };
  const stop = async (role: string) => {
    const headers = { "Tsv-Role": role, "Tsv-By": "bob@fleet" };
    const answer = await call(unix, "supervisor.stopProcess", ["web"], headers);
    return answer.kind === "fault" ? answer.code : answer.kind;
  };
  assert.equal(await stop("read"), 30);
  await daemon.logged(/INFO not permitted: supervisor\.stopProcess to bob@fleet, uid 0, pid \d+\n/);
  assert.equal(await stop("operate"), "result");
  await daemon.logged(/INFO asked: supervisor\.stopProcess\(web\) by bob@fleet, uid 0, pid \d+\n/);
  for (const [role, path, expected] of [
    ["read", "/mainlogtail", 403],
    ["operate", "/mainlogtail", 403],
    ["admin", "/", 200],
    ["read", "/", 200],
    ["root", "/", 400],
    ["root", "/api/v1/supervisor.getState", 400],
  ] as const) {
    assert.equal(await status(role, path), expected, `${role} ${path}`);
  }
  const raised = { ...basic("ann:look"), "Tsv-Role": "admin" };
  const answer = await send(tcp, {
    method: "GET",
    path: "/api/v1/supervisor.getState",
    headers: raised,
  });
  assert.equal(answer.status, 403);
  const wrong = { ...basic("ann:wrong"), "Tsv-Role": "admin" };
  assert.equal((await send(tcp, { method: "GET", path: "/", headers: wrong })).status, 401);
});
