// Signals to the daemon.

import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const CHATTY = `[program:up]
command=sh -c 'echo "up $$"; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/up.out
`;

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  e2e(`${signal} ends programs, then the daemon, and removes its files`, async (rig) => {
    const daemon = await rig.startWith(CHATTY);
    await waitForText(rig.path("up.out"), /^up \d+$/m);
    const { pid } = await daemon.info("up");
    daemon.signal(signal);
    assert.deepEqual(await daemon.ended(), { status: 0, signal: null });
    assert.match(
      readFileSync(daemon.log, "utf8"),
      new RegExp(`received ${signal} indicating exit request`),
    );
    assert.match(readFileSync(daemon.log, "utf8"), /stopped: up \(terminated by SIGTERM\)/);
    assert.ok(!existsSync(`/proc/${pid}`), "the program is gone");
    for (const name of ["d.sock", "d.pid"]) assert.ok(!existsSync(rig.path(name)), name);
  });
}

e2e("SIGUSR2 reopens all logs by their names", async (rig) => {
  const daemon = await rig.startWith(
    `[program:up]\ncommand=sh -c 'while read -r line; do echo "$line"; done'\nstartsecs=0\nstdout_logfile=%(here)s/up.out\n`,
  );
  await daemon.logged(/success: up/);
  await daemon.ask("sendProcessStdin", "up", "one\n");
  await waitForText(rig.path("up.out"), /one/);
  renameSync(rig.path("up.out"), rig.path("up.old"));
  renameSync(rig.path("d.log"), rig.path("d.old"));
  daemon.signal("SIGUSR2");
  await waitForText(rig.path("d.old"), /supervisord logreopen/);
  await waitForText(rig.path("up.out"), /^$/);
  await daemon.ask("sendProcessStdin", "up", "two\n");
  await waitForText(rig.path("up.out"), /^two\n$/);
  assert.equal(readFileSync(rig.path("up.old"), "utf8"), "one\n");
  await daemon.ask("stopProcess", "up");
  await waitForText(rig.path("d.log"), /stopped: up/);
});

e2e("a signal alone wakes a daemon that waits for nothing else", async (rig) => {
  const daemon = await rig.startWith("");
  daemon.signal("SIGTERM");
  assert.deepEqual(await daemon.ended(), { status: 0, signal: null });
});

e2e("a daemon without programs answers reload and shutdown before it ends", async (rig) => {
  const daemon = await rig.startWith("");
  const reloaded = await rig.ctl(TSV_BY_NAME, "reload");
  assert.deepEqual([reloaded.stdout, reloaded.status], ["Restarted supervisord\n", 0]);
  await daemon.logged(/supervisord started with pid/, 2);
  await daemon.ready();
  const ended = await rig.ctl(TSV_BY_NAME, "shutdown");
  assert.deepEqual([ended.stdout, ended.status], ["Shut down\n", 0]);
  assert.deepEqual(await daemon.ended(), { status: 0, signal: null });
});
