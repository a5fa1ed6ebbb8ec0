// The page docs/dependencies.md is true: its configuration, with stand-ins for the commands, comes up in order, waits for a
// database that fails, and goes down in reverse.

import assert from "node:assert/strict";
import type { Daemon } from "./rig/daemon.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { example } from "./rig/pages.ts";
import { withoutSupervisor } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

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
  const daemon = await rig.startWith(
    withCommands(example("dependencies", "[program:db]"), { migrate: MIGRATE }),
  );
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
    const text = withCommands(example("dependencies", "[program:db]"), {
      db,
      migrate: "/bin/true",
    });
    const daemon = await rig.startWith(text.replace("[program:migrate]", "startretries=0\n$&"));
    await daemon.logged(/start of web is blocked: db is FATAL/);
    const debian = await rig.ctl(DEBIAN, "status");
    assert.match(debian.stdout, /^web +BACKOFF +blocked: db is FATAL$/m);
    const started = await rig.ctl(DEBIAN, "start", "web");
    assert.match(started.stdout, /^web: ERROR \(spawn error\)$/m);
    const why = await rig.verb("why", "web");
    assert.match(why.stdout, /blocked: db is FATAL/);
    assert.match(why.stdout, /tsv why\b.*\bdb\b/);
    rig.write("data", "");
    assert.equal((await rig.ctl(DEBIAN, "start", "db")).stdout, "db: started\n");
    await daemon.logged(/success: web entered/);
  },
);
