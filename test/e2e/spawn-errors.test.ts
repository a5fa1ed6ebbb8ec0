// chdir-exec-errors: a failure between fork and exec is reported at once, also in status.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT, withoutRoot, withoutSupervisor } from "./rig/places.ts";
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

e2e("chdir-exec-errors: a file that is no program is the spawn error", async (rig) => {
  chmodSync(rig.write("not-a-program", "neither ELF nor script\n"), 0o755);
  const daemon = await rig.startWith(`[program:text]\ncommand=%(here)s/not-a-program\n${ONCE}`);
  await daemon.call("supervisor.startProcess", "text");
  await daemon.logged(/gave up: text/);
  assert.match(String((await daemon.info("text"))["spawnerr"]), /exec.*ENOEXEC/);
});

e2e(
  "chdir-exec-errors: a directory closed to the program's user is the spawn error",
  withoutRoot(),
  async (rig) => {
    mkdirSync(rig.path("closed"));
    chmodSync(rig.path("closed"), 0o700);
    const daemon = await rig.startWith(
      `[program:shut]\ncommand=sleep 1000\ndirectory=%(here)s/closed\nuser=nobody\n${ONCE}`,
    );
    await daemon.call("supervisor.startProcess", "shut");
    await daemon.logged(/gave up: shut/);
    assert.match(String((await daemon.info("shut"))["spawnerr"]), /chdir.*closed.*EACCES/);
  },
);

e2e(
  "start-bounded: a directory that never answers keeps neither the daemon nor its other programs",
  withoutRoot() || withoutSupervisor() || withoutFuse(),
  async (rig) => {
    mkdirSync(rig.path("silent"));
    const script = join(ROOT, "test/e2e/rig/silent-fuse.py");
    const silent = ["/usr/bin/python3", script, rig.path("silent"), "65534"];
    const daemon = await rig.startWith(
      `[program:held]\ncommand=sleep 1000\ndirectory=%(here)s/silent/x\nuser=nobody\n${ONCE}\n[program:other]\ncommand=sleep 1000\n`,
      { wrapper: ["/usr/bin/unshare", "--mount", "--propagation", "private", ...silent] },
    );
    assert.equal((await daemon.call("supervisor.startProcess", "held")).kind, "fault");
    const { spawnerr, statename } = await daemon.info("held");
    assert.equal(statename, "BACKOFF");
    assert.match(
      String(spawnerr),
      /'held' took longer than 5 seconds to enter .*silent\/x and start/,
    );
    assert.equal(await daemon.ask("stopProcess", "other"), true);
    assert.equal(await daemon.ask("startProcess", "other"), true);
  },
);

function withoutFuse(): string | false {
  return existsSync("/dev/fuse")
    ? false
    : "no /dev/fuse: it mounts a file system that does not answer";
}

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
