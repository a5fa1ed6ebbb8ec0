// chdir-exec-errors: a failure between fork and exec is reported at once, also in status.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const ONCE = "autostart=false\nstartretries=0\nstartsecs=5\n";

e2e("chdir-exec-errors: a directory that is missing is the spawn error", async (rig) => {
  const daemon = await rig.startWith(
    `[program:lost]\ncommand=sleep 1000\ndirectory=%(here)s/no-such\n${ONCE}`,
  );
  const answer = await daemon.call("supervisor.startProcess", "lost");
  assert.equal(answer.kind, "fault");
  await daemon.logged(/gave up: lost/);
  const { spawnerr, statename } = await daemon.info("lost");
  assert.equal(statename, "FATAL");
  assert.match(String(spawnerr), /chdir.*no-such.*ENOENT/);
  const { stdout } = await rig.ctl(TSV_BY_NAME, "status", "lost");
  assert.match(stdout, /FATAL +.*no-such/);
});

e2e(
  "a daemon that becomes its user runs programs of that user, and says why it cannot run others",
  withoutRoot(),
  async (rig) => {
    // That user's own log, socket and pid file.
    chmodSync(rig.directory, 0o777);
    const config = rig.configure(
      `[program:own]\ncommand=sleep 1000\nstartsecs=0\nuser=nobody\n[program:other]\ncommand=sleep 1000\nuser=daemon\n${ONCE.replace("autostart=false\n", "")}`,
    );
    const text = readFileSync(config, "utf8").replace(
      "[supervisord]",
      "[supervisord]\nuser=nobody",
    );
    writeFileSync(config, text);
    const daemon = await rig.start();
    await daemon.logged(/success: own entered RUNNING/);
    await daemon.logged(/gave up: other/);
    assert.match(String((await daemon.info("other"))["spawnerr"]), /as nonroot user/);
  },
);
