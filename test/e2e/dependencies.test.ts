// The page docs/dependencies.md is true: its configuration, with stand-ins for the commands, comes up in order, survives the
// death of the database, an upgrade while programs wait, and goes down in reverse.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Daemon } from "./rig/daemon.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { ROOT, withoutSupervisor } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const PAGE = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");

/** A block of the page that begins with this section, or the one with this text. */
function example(what: string): string {
  const blocks = Array.from(PAGE.matchAll(/```ini\n([\s\S]*?)```/g), ([, block = ""]) => block);
  const found =
    blocks.find((block) => block.startsWith(`[program:${what}]`)) ??
    blocks.find((block) => block.includes(what));
  assert.ok(found !== undefined, `docs/dependencies.md has an example with ${what}`);
  return found;
}

/** The same with another command in each program. */
function withCommands(text: string, commands: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\[program:(\w+)\]\ncommand=.*/g, (_, name: string) => {
    return `[program:${name}]\ncommand=${commands[name] ?? "/bin/sleep 1000"}`;
  });
}

/** In which order these programs were spawned last, or stopped, as the log tells. */
function order(daemon: Daemon, pattern: RegExp): string[] {
  return Array.from(textOf(daemon.log).matchAll(pattern), ([, name = ""]) => name);
}

const states = async (daemon: Daemon): Promise<Record<string, unknown>> => {
  const all = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  return Object.fromEntries(all.map(({ name, statename }) => [name, statename]));
};

/** Migrates until there is a file `migrated`. */
const MIGRATE = "/bin/sh -c 'until [ -e %(here)s/migrated ]; do sleep 0.05; done'";

e2e("the example comes up in order, and goes down in reverse", async (rig) => {
  const daemon = await rig.startWith(withCommands(example("db"), { migrate: MIGRATE }));
  await daemon.logged(/spawned: 'migrate'/);
  const { description, statename } = await daemon.info("web");
  assert.equal(statename, "STARTING");
  assert.equal(description, "waiting for migrate to complete");
  rig.write("migrated", "");
  await daemon.logged(/success: web entered/);
  assert.deepEqual(order(daemon, /spawned: '(\w+)'/g), ["db", "migrate", "web"]);
  assert.deepEqual(await states(daemon), { db: "RUNNING", migrate: "EXITED", web: "RUNNING" });
  await daemon.shutdown();
  assert.deepEqual(order(daemon, /stopped: (\w+)/g), ["web", "db"]);
});

e2e(
  "a daemon that cannot start blocks its dependents; clients get the reason, and it starts later",
  withoutSupervisor(),
  async (rig) => {
    const db = "/bin/sh -c '[ -e %(here)s/data ] || exit 1; exec sleep 1000'";
    const text = withCommands(example("db"), { db, migrate: "/bin/true" });
    const daemon = await rig.startWith(text.replace("[program:migrate]", "startretries=0\n$&"));
    await daemon.logged(/start of web is blocked: db is FATAL/);
    const debian = await rig.ctl(DEBIAN, "status");
    assert.match(debian.stdout, /^web +BACKOFF +blocked: db is FATAL$/m);
    const started = await rig.ctl(DEBIAN, "start", "web");
    assert.match(started.stdout, /^web: ERROR \(spawn error\)$/m);
    const why = await rig.tsv("why", "-c", rig.path("d.conf"), "web");
    assert.match(why.stdout, /blocked: db is FATAL/);
    assert.match(why.stdout, /tsv why\b.*\bdb\b/);
    rig.write("data", "");
    assert.equal((await rig.ctl(DEBIAN, "start", "db")).stdout, "db: started\n");
    await daemon.logged(/success: web entered/);
  },
);

e2e("an upgrade while programs wait changes nothing", withoutNext(), async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(withCommands(example("db"), { migrate: MIGRATE }));
  await daemon.logged(/spawned: 'migrate'/);
  host.install();
  await host.replaced();
  assert.equal((await daemon.info("web"))["description"], "waiting for migrate to complete");
  rig.write("migrated", "");
  await daemon.logged(/success: web entered/);
  assert.deepEqual(order(daemon, /spawned: '(\w+)'/g), ["db", "migrate", "web"]);
});

/** Answers on a port once there is a file. */
function lateServer(port: number): string {
  const server = `http.server.HTTPServer(('127.0.0.1',${port}),http.server.BaseHTTPRequestHandler)`;
  const wait = "[time.sleep(0.05) for _ in iter(lambda: os.path.exists('%(here)s/go'), True)]";
  return `/usr/bin/python3 -c "import os,time,http.server; ${wait}; ${server}.serve_forever()"`;
}

e2e("a program is RUNNING when it answers, and those that need it start then", async (rig) => {
  const port = await rig.findPort();
  const text = example("db:ready").replaceAll("5432", String(port));
  const daemon = await rig.startWith(withCommands(text, { db: lateServer(port) }));
  await daemon.logged(/start of web is waiting for db to be ready/);
  await daemon.logged(/spawned: 'db'/);
  assert.equal((await daemon.info("db"))["statename"], "STARTING");
  rig.write("go", "");
  await daemon.logged(/success: web entered/);
  assert.deepEqual(await states(daemon), { db: "RUNNING", web: "RUNNING" });
});
