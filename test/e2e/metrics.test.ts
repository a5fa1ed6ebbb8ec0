// Metrics and health of a real daemon: with and without a password, from other sites, and by other methods.

import assert from "node:assert/strict";
import { send } from "./rig/http.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = `
[program:web]
command=sh -c 'echo hello; exec sleep 1000'
startsecs=0

[program:broken]
command=/nonexistent
startretries=0
`;
const PATHS = ["/metrics", "/healthz", "/readyz"];
const ADMIN = { Authorization: `Basic ${btoa("admin:secret")}` };
const WRONG = { Authorization: `Basic ${btoa("admin:wrong")}` };

e2e(
  "metrics need the password of the server, and health only its status (metrics-paths)",
  async (rig) => {
    const port = await rig.findPort();
    const daemon = await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${port}\nusername=admin\npassword=secret\n${PROGRAMS}`,
    );
    await daemon.logged(/success: web/);
    await daemon.logged(/gave up: broken entered FATAL state/);
    const ask = async (path: string, headers: Readonly<Record<string, string>>, method = "GET") => {
      const reply = await send({ host: "127.0.0.1", port }, { method, path, headers });
      return [reply.status, reply.body] as const;
    };
    for (const headers of [{}, WRONG]) {
      assert.equal((await ask("/metrics", headers))[0], 401);
      assert.deepEqual(await ask("/healthz", headers), [200, "ok\n"]);
      assert.deepEqual(await ask("/readyz", headers), [503, "not ready\n"]);
    }
    assert.deepEqual(await ask("/readyz", ADMIN), [503, "broken: FATAL\n"]);
    const [status, text] = await ask("/metrics", ADMIN);
    assert.equal(status, 200);
    for (const line of [
      'node_supervisord_state{group="web",name="web"} 20',
      'tsv_program_ready{group="broken",name="broken"} 0',
      'tsv_program_starts_total{group="web",name="web",cause="autostart"} 1',
      'tsv_program_exits_total{group="broken",name="broken",reason="not-spawned"} 1',
      'tsv_program_output_bytes_total{group="web",name="web",channel="stdout"} 6',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), `${line}\n${text}`);
    }
    const open = await send(
      { host: "127.0.0.1", port },
      {
        ...{ method: "GET", path: "/metrics" },
        headers: { ...ADMIN, Accept: "application/openmetrics-text; version=1.0.0" },
      },
    );
    const type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert.equal(open.headers["content-type"], type);
    assert.match(open.body, /\n# EOF\n$/);
    for (const path of PATHS) {
      const [get] = await ask(path, ADMIN);
      assert.deepEqual(await ask(path, ADMIN, "HEAD"), [get, ""], path);
      for (const method of ["POST", "PUT", "DELETE", "NOPE"]) {
        assert.equal((await ask(path, ADMIN, method))[0], 400, `${method} ${path}`);
      }
      const foreign = { ...ADMIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
      assert.equal((await ask(path, foreign))[0], 403, path);
      assert.equal((await ask(path, { ...ADMIN, Origin: "http://evil.example" }))[0], 403, path);
    }
    for (const path of ["/metrics/", "/metricsx", "//metrics", "/healthz/x"]) {
      assert.equal((await ask(path, ADMIN))[0], 404, path);
      assert.equal((await ask(path, {}))[0], 401, path);
    }
  },
);

e2e("a user sees the metrics of its programs, and health of these", async (rig) => {
  const port = await rig.findPort();
  const daemon = await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${port}\n
[user:prometheus]\npassword=secret\nprograms=web\n${PROGRAMS}`,
  );
  await daemon.logged(/success: web/);
  await daemon.logged(/gave up: broken entered FATAL state/);
  const ask = async (path: string, headers: Readonly<Record<string, string>>) => {
    const { status, body } = await send(
      { host: "127.0.0.1", port },
      { method: "GET", path, headers },
    );
    return [status, body] as const;
  };
  const user = { Authorization: `Basic ${btoa("prometheus:secret")}` };
  const [status, text] = await ask("/metrics", user);
  assert.equal(status, 200);
  assert.match(text, /^tsv_program_ready\{group="web",name="web"\} 1$/m);
  assert.doesNotMatch(text, /broken/);
  assert.deepEqual(await ask("/readyz", user), [200, "ready\n"]);
  assert.deepEqual(await ask("/readyz", {}), [503, "not ready\n"]);
  assert.deepEqual(await ask("/healthz", {}), [200, "ok\n"]);
  assert.equal((await ask("/metrics", {}))[0], 401);
});

e2e("a unix socket with a password tells the health without it", async (rig) => {
  const daemon = await rig.startWith(
    `[unix_http_server]\nusername=admin\npassword=secret\n${PROGRAMS}`,
  );
  await daemon.logged(/gave up: broken entered FATAL state/);
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const { status, body } = await send(daemon.endpoint, { method: "GET", path, headers });
    return [status, body] as const;
  };
  assert.deepEqual(await ask("/healthz"), [200, "ok\n"]);
  assert.deepEqual(await ask("/readyz"), [503, "not ready\n"]);
  assert.equal((await ask("/metrics"))[0], 401);
  assert.deepEqual(await ask("/readyz", ADMIN), [503, "broken: FATAL\n"]);
});

e2e("a server without a password answers metrics only under names of this host", async (rig) => {
  const port = await rig.findPort();
  const daemon = await rig.startWith(`[inet_http_server]\nport=127.0.0.1:${port}\n${PROGRAMS}`);
  const server = { host: "127.0.0.1", port };
  for (const path of PATHS) {
    const headers = { Host: "evil.example" };
    assert.equal((await send(server, { method: "GET", path, headers })).status, 403, path);
    assert.notEqual((await send(server, { method: "GET", path })).status, 403, path);
    assert.notEqual((await send(daemon.endpoint, { method: "GET", path, headers })).status, 403);
  }
});

e2e(
  "a daemon is ready as soon as its programs are, and counts continue after an upgrade",
  async (rig) => {
    const daemon = await rig.startWith(PROGRAMS);
    await daemon.logged(/gave up: broken entered FATAL state/);
    const get = async (path: string) =>
      (await send(daemon.endpoint, { method: "GET", path })).body.split("\n");
    const counted = (lines: readonly string[]) =>
      lines.filter((line) => /^tsv_program_(?:starts|exits)_total/.test(line));
    assert.deepEqual(await get("/readyz"), ["broken: FATAL", ""]);
    const before = counted(await get("/metrics"));
    assert.equal(before.length, 3);
    const upgraded = await rig.verb("upgrade");
    assert.equal(upgraded.status, 0, upgraded.stderr);
    assert.deepEqual(counted(await get("/metrics")), before);
    assert.equal((await rig.ctl(TSV_BY_NAME, "remove", "broken")).status, 0);
    assert.deepEqual(await get("/readyz"), ["ready", ""]);
  },
);
