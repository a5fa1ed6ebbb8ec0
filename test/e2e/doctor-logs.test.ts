// Logs that cannot be written, made so on purpose: tsv doctor names the code, --fix fixes it where it may, and the daemon or
// program that was refused starts afterwards.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { doctor, fixes } from "./rig/doctor.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { TSV, withoutRoot, withoutSupervisor } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForChange } from "./rig/watch.ts";

const skip = withoutRoot();
const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";
/** The account `daemon` of every Debian. */
const OTHER = 1;

/** The rig's directory belongs to another user, as whom the daemon runs or is to run. */
function configure(rig: Rig, sections: string, user: string): void {
  chmodSync(rig.directory, 0o755);
  chownSync(rig.directory, OTHER, OTHER);
  rig.write("d.conf", `${BASE.replace("[supervisord]\n", `[supervisord]\n${user}`)}\n${sections}`);
}

e2e("doctor returns ownership after a run as root, and --undo reverts that", skip, async (rig) => {
  configure(rig, "", "");
  const first = await rig.start();
  first.signal("SIGTERM");
  await first.ended();
  assert.equal(statSync(rig.path("d.log")).uid, 0);
  configure(rig, "", "user=daemon\n");
  const refused = rig.launch();
  assert.equal((await refused.ended()).status, 2);
  assert.match(refused.stderr, /the activity log cannot be opened: .*: EACCES.*\nTo run without/);
  assert.match(refused.stderr, /^ {2}logfile=\/dev\/stdout$/m);
  await fixes(rig, "logs", "LOG-003");
  assert.equal(statSync(rig.path("d.log")).uid, OTHER);
  // The rig waits for a line that the first one has written already.
  writeFileSync(rig.path("d.log"), "");
  const second = await rig.start();
  second.signal("SIGTERM");
  await second.ended();
  const undone = await doctor(rig, ["--undo", "--yes"]);
  assert.equal(undone.status, 0, undone.stdout + undone.stderr);
  assert.equal(statSync(rig.path("d.log")).uid, 0);
});

e2e("doctor has a daemon recreate a removed log, and no program notices", skip, async (rig) => {
  const daemon = await rig.startWith(`${PROGRAM}stdout_logfile=%(here)s/up.log\n`);
  await daemon.logged(/success: up/);
  const { pid } = await daemon.info("up");
  rmSync(rig.path("up.log"));
  const isBack = (): true | undefined => existsSync(rig.path("up.log")) || undefined;
  await fixes(rig, "logs", "LOG-008", {
    done: () => waitForChange(rig.directory, isBack, "up.log"),
  });
  assert.equal((await daemon.info("up"))["pid"], pid);
});

e2e(
  "doctor fixes the log directory that a program of Supervisor is FATAL for",
  skip || withoutSupervisor(),
  async (rig) => {
    mkdirSync(rig.path("shut-logs"));
    const sections = "[program:x]\ncommand=sleep 1000\nstartretries=0\n";
    configure(rig, `${sections}stdout_logfile=%(here)s/shut-logs/x.log\n`, "user=daemon\n");
    const daemon = await rig.start({ implementation: DEBIAN });
    await daemon.logged(/gave up: x/);
    const before = await rig.ctl(DEBIAN, "status", "x");
    assert.match(before.stdout, /FATAL +unknown error making dispatchers for 'x': EACCES/);
    const said = await doctor(rig, ["logs", "--config", rig.path("d.conf")]);
    assert.match(said.stdout, /spawnerr: unknown error making dispatchers for 'x': EACCES/);
    await fixes(rig, "logs", "LOG-001");
    assert.match((await rig.ctl(DEBIAN, "start", "x")).stdout, /x: started/);
  },
);

for (const [what, code, script] of [
  ["is full", "LOG-007", "dd if=/dev/zero of=logs/fill bs=4k 2>/dev/null"],
  ["is read-only", "LOG-011", "mount -o remount,ro logs"],
] as const) {
  e2e(
    `doctor names a file system of logs that ${what}, and leaves it to a person`,
    skip,
    async (rig) => {
      rig.configure(`${PROGRAM}stdout_logfile=%(here)s/logs/up.log\n`);
      mkdirSync(rig.path("logs"));
      writeFileSync(
        rig.path("look.sh"),
        `mount -t tmpfs -o size=1m none logs && { ${script}; exec "$@"; }\n`,
      );
      const words = [TSV, "doctor", "logs", "--config", rig.path("d.conf"), "--fix", "--yes"];
      const inside = ["/bin/sh", rig.path("look.sh"), ...words];
      const { stdout, status } = await rig.command(["/usr/bin/unshare", "--mount", ...inside]);
      assert.equal(status, 1, stdout);
      assert.match(stdout, new RegExp(`${code} .*/logs: not fixed`));
    },
  );
}
