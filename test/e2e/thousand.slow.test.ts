// A thousand programs: every action on all of them, without an error.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e } from "./rig/rig.ts";

e2e("a thousand programs start, restart and stop without an error", async (rig) => {
  const daemon = await rig.startWith(`
[program:many]
command=sleep 100000
process_name=%(program_name)s_%(process_num)04d
numprocs=1000
stopwaitsecs=60
[supervisord]
minfds=8192
`);
  await daemon.logged(/success: many_/, 1000, 60_000);
  const run = async (...args: readonly string[]) => await rig.ctl(TSV_BY_NAME, ...args);
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const status = await run("status");
  assert.equal(status.status, 0);
  assert.equal(count(status.stdout, / RUNNING /g), 1000);
  const restarted = await run("restart", "all");
  assert.equal(restarted.status, 0, restarted.stdout.match(/^.*ERROR.*$/gm)?.join("\n"));
  assert.equal(count(restarted.stdout, /: stopped$/gm), 1000);
  assert.equal(count(restarted.stdout, /: started$/gm), 1000);
  // clear-at-once: Supervisor takes a second for each process.
  const cleared = await run("clear", "all");
  assert.equal(cleared.status, 0);
  assert.equal(count(cleared.stdout, /: cleared$/gm), 1000);
  const stopped = await run("stop", "all");
  assert.equal(stopped.status, 0);
  assert.equal(count(stopped.stdout, /: stopped$/gm), 1000);
  const started = await run("start", "many:*");
  assert.equal(count(started.stdout, /: started$/gm), 1000);
  assert.equal(count(started.stdout + stopped.stdout + restarted.stdout, /ERROR/g), 0);
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  assert.equal(daemon.stderr, "");
  const text = readFileSync(daemon.log, "utf8");
  assert.doesNotMatch(text, / ERRO | spawnerr|SIGKILL|reaped unknown/);
  assert.equal(count(text, /spawned: /g), 3000);
  assert.equal(count(text, /stopped: /g), 3000);
});
