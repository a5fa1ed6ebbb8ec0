// tsv logs -f while the daemon is reloaded: the new daemon begins its own count of the bytes of each log.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Follower } from "./rig/follower.ts";
import { e2e, type Rig } from "./rig/rig.ts";

/** Follows web from its beginning. */
function follow(rig: Rig, t: TestContext, ...words: readonly string[]): Follower {
  return new Follower(rig, t, [
    "logs",
    "-f",
    "-c",
    rig.path("d.conf"),
    "-n",
    "all",
    "web",
    ...words,
  ]);
}

const LINES = Array.from({ length: 60 }, (_, n) => `banner line ${n + 1} that is always the same`);
const LAST = `${LINES.at(-1)}\n`;

for (const [what, options] of [
  ["a log", ""],
  ["a log that is rotated", "stdout_logfile_maxbytes=1KB\nstdout_logfile_backups=20"],
] as const) {
  e2e(`logs -f of ${what} shows each line once after a reload`, async (rig, t) => {
    const daemon = await rig.startWith(`[program:web]
command=/bin/sh -c 'seq -f "banner line %%g that is always the same" 1 60; exec sleep 1000'
stdout_logfile=%(here)s/web.log
redirect_stderr=true
startsecs=0
${options}
`);
    await daemon.logged(/success: web/);
    const web = follow(rig, t);
    await web.seen(LAST, 1);
    for (const times of [2, 3]) {
      await daemon.ask("restart");
      await web.seen(LAST, times);
    }
    await web.interrupt();
    const shown = web.out.trimEnd().split("\n");
    assert.deepEqual(shown, [...LINES, ...LINES, ...LINES]);
    assert.doesNotMatch(web.errors, /missing/);
  });
}

e2e("logs -f reports a log that was replaced during a reload", async (rig, t) => {
  const daemon = await rig.startWith(`[program:web]
command=/bin/sh -c 'seq -f "banner line %%g that is always the same" 1 60; exec sleep 1000'
startsecs=0
`);
  await daemon.logged(/success: web/);
  const web = follow(rig, t, "--stdout");
  await web.seen(LAST, 1);
  // The next daemon removes the logs that it names itself.
  await daemon.ask("restart");
  await web.seen(LAST, 2);
  await web.interrupt();
  assert.deepEqual(web.out.trimEnd().split("\n").slice(-60), LINES);
  const notice = "==> output may be missing or repeated: the daemon was restarted <==";
  assert.equal(web.errors.split(`${notice}\n`).length, 2, web.errors);
});
