// Which executables a client may name in an upgrade: it depends on who the client is.

import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { asPython, withoutStranger } from "../rig/stranger.ts";
import type { Daemon } from "./rig/daemon.ts";
import { call, type Endpoint } from "./rig/http.ts";
import { TSV } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";

const absent = withoutStranger;
const REFUSED = /FAILED: only root may name \S+, over a unix socket, unless upgrade_paths= in/;

/** Two executables that pass every check of trust. */
function installed(t: TestContext): { readonly listed: string; readonly other: string } {
  const directory = mkdtempSync("/opt/tsv-e2e-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  const [listed, other] = [join(directory, "tsv-listed"), join(directory, "tsv-other")];
  for (const path of [listed, other]) copyFileSync(TSV, path);
  return { listed, other };
}

/** A daemon of root that every user and a port may command. */
async function start(rig: Rig, listed: string): Promise<{ daemon: Daemon; tcp: Endpoint }> {
  const tcp = { host: "127.0.0.1", port: await rig.findPort() };
  const open = BASE.replace("d.sock\n", "d.sock\nchmod=0666\n").replace(
    "[supervisord]\n",
    `[supervisord]\nupgrade_paths=/opt/none/tsv,\n  ${listed}\n`,
  );
  const server = `[inet_http_server]\nport=127.0.0.1:${tcp.port}\nusername=u\npassword=p\n`;
  rig.write("d.conf", `${open}${server}[program:p]\ncommand=sleep 1000\nstartsecs=0\n`);
  const { implementation } = new UpgradeHost(rig);
  return { daemon: await rig.start({ implementation }), tcp };
}

type Ask = (method: string, path: string) => Promise<string>;

/** Calls as another user of the host, over the unix socket. */
function byStranger(t: TestContext, daemon: Daemon): Ask {
  return async (method, path) => {
    const stranger = await asPython(
      t,
      `import http.client, socket, xmlrpc.client
print("ready", flush=True)
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(${JSON.stringify(daemon.endpoint.socketPath)})
connection.request("POST", "/RPC2", xmlrpc.client.dumps((${JSON.stringify(path)},), ${JSON.stringify(method)}))
try:
    [answer], _ = xmlrpc.client.loads(connection.getresponse().read())
    print(answer["path"], flush=True)
except xmlrpc.client.Fault as fault:
    print(fault.faultString, flush=True)`,
    );
    return (await stranger.line()) ?? "";
  };
}

/** Calls over TCP, with the password. */
function byTcp(tcp: Endpoint): Ask {
  const Authorization = `Basic ${Buffer.from("u:p").toString("base64")}`;
  return async (method, path) => JSON.stringify(await call(tcp, method, [path], { Authorization }));
}

e2e(
  "other users and TCP name only what root has listed in upgrade_paths=, and root names any path",
  absent,
  async (rig, t) => {
    const { listed, other } = installed(t);
    const { daemon, tcp } = await start(rig, listed);
    const asRoot = (...args: readonly string[]) =>
      rig.command([TSV, "upgrade", "-c", rig.path("d.conf"), ...args]);
    for (const ask of [byStranger(t, daemon), byTcp(tcp)]) {
      for (const path of [other, `${listed}/../tsv-other`, "/nowhere/tsv", "/etc/shadow"]) {
        for (const method of ["tsv.checkUpgrade", "tsv.upgrade"]) {
          assert.match(await ask(method, path), REFUSED, `${method}(${path})`);
        }
      }
      assert.match(await ask("tsv.checkUpgrade", listed), /tsv-listed/);
      // The place that the daemon came from is in a directory that anybody may write to: named, it is judged as any path.
      assert.match(
        await ask("tsv.checkUpgrade", rig.path("supervisord")),
        /users other than root can/,
      );
    }
    assert.doesNotMatch(textOf(daemon.log), /upgrading from/);
    const checked = await asRoot("--check", other);
    assert.equal(checked.status, 0, checked.stderr);
    assert.match(checked.stdout, /can be upgraded to \/opt\/\S+\/tsv-other/);
    const replaced = await asRoot(other);
    assert.equal(replaced.status, 0, replaced.stderr);
    // The successor goes by the same list.
    assert.match(await byStranger(t, daemon)("tsv.upgrade", "/nowhere/tsv"), REFUSED);
    assert.match(await byStranger(t, daemon)("tsv.upgrade", listed), /tsv-listed/);
    await daemon.logged(/was upgraded from /, 2);
  },
);

e2e(
  "a client of another user upgrades the daemon to what is at its own path",
  absent,
  async (rig, t) => {
    const { listed } = installed(t);
    const { daemon } = await start(rig, listed);
    assert.match(await byStranger(t, daemon)("tsv.checkUpgrade", ""), /supervisord$/);
    assert.match(await byStranger(t, daemon)("tsv.upgrade", ""), /supervisord$/);
    await daemon.logged(/was upgraded from /);
  },
);
