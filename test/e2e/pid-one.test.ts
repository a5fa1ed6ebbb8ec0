// As PID 1, as in a container: whatever loses its parent comes to tsv, and is reaped.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const WRAPPER = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

function zombies(name: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/status`, "utf8");
      } catch {
        return "";
      }
    })
    .filter((text) => /^State:\tZ/m.test(text) && text.startsWith(`Name:\t${name}\n`));
}

e2e("orphans are reaped when tsv is PID 1", withoutRoot(), async (rig) => {
  // A copy of sleep by a name of this test's own, so that its remains can be told from other processes.
  const name = `o-${rig.mark.slice(0, 8)}`;
  const { copyFileSync } = await import("node:fs");
  copyFileSync("/bin/sleep", rig.path(name));
  rig.configure(`[program:parent]
command=sh -c '(%(here)s/${name} 0.3 &); (%(here)s/${name} 0.4 &); echo ready; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/parent.out
`);
  const daemon = await rig.start({ wrapper: WRAPPER });
  await waitForText(rig.path("parent.out"), /ready/);
  await daemon.logged(/INFO reaped unknown pid \d+ \(exit status 0\)/, 2);
  assert.deepEqual(zombies(name), []);
  assert.equal((await daemon.info("parent"))["statename"], "RUNNING");
  assert.equal(await daemon.ask("getPID"), 1);
});

e2e("as PID 1 it ends by SIGTERM like anywhere", withoutRoot(), async (rig) => {
  rig.configure("[program:up]\ncommand=sleep 1000\nstartsecs=0\n");
  const daemon = await rig.start({ wrapper: WRAPPER });
  await daemon.logged(/success: up/);
  const child = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, "utf8").trim();
  process.kill(Number(child), "SIGTERM");
  const { status } = await daemon.ended();
  assert.equal(status, 0);
  await daemon.logged(/stopped: up/);
});

const STREAMS = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

e2e("as PID 1 it needs no /proc", withoutRoot(), async (rig) => {
  rig.configure(STREAMS);
  const hidden = ["sh", "-c", 'mount -t tmpfs none /proc; exec "$@"', "sh"];
  const unshare = ["unshare", "--pid", "--fork", "--mount", "--kill-child"];
  const daemon = await rig.start({ wrapper: [...unshare, ...hidden] });
  await daemon.logged(/success: up/);
  assert.equal(await daemon.ask("getPID"), 1);
});

e2e("it runs with its three streams closed", async (rig) => {
  rig.configure(STREAMS);
  const daemon = await rig.start({ wrapper: ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"] });
  await daemon.logged(/success: up/);
  await daemon.shutdown();
});

e2e("it runs when its output has no reader any more", async (rig) => {
  rig.configure(`${STREAMS}[program:loud]
command=sh -c 'echo loud; exec sleep 1000'
startsecs=0
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
`);
  const closed = '{ "$@"; } | true';
  const daemon = await rig.start({ wrapper: ["sh", "-c", closed, "sh"] });
  await daemon.logged(/success: loud/);
  await daemon.logged(/success: up/);
  assert.equal((await daemon.info("up"))["statename"], "RUNNING");
  await daemon.shutdown();
});

/** Ends with 5 once none of its 1000 orphans is left, as seen from within. */
const ORPHANS = `i=0; while [ $i -lt 1000 ]; do (: &); i=$((i+1)); done
until [ "$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l)" = 0 ]; do sleep 0.1; done
exit 5`;

e2e(
  "1000 orphans of a tsv run that is PID 1 are reaped, to the last one",
  withoutRoot(),
  async (rig) => {
    const argv = [...WRAPPER, TSV, "run", "--", "sh", "-c", ORPHANS];
    const { status, stdout, stderr } = await rig.command(argv, { timeoutMs: 150_000 });
    assert.equal(status, 5, stdout + stderr);
  },
);

/** As another user, with nothing to write to but shared memory, and without an environment. */
const IN_A_BOX = `mount --make-rprivate /
for d in /run /var/tmp; do mount -t tmpfs -o ro,mode=755 none $d; done
mount -t tmpfs -o rw,mode=1777 none /dev/shm
shift
mount -o remount,bind,ro /
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs env -i PATH=/usr/bin:/bin "$@"`;

e2e(
  "it needs neither root, a writable root, /run, a home nor a terminal",
  withoutRoot(),
  async (rig) => {
    const box = [
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--mount-proc",
      "--kill-child",
      "sh",
      "-c",
      IN_A_BOX,
    ];
    const command = `id -u; ${TSV} status --check a; exit 4`;
    const { status, stdout, stderr } = await rig.command([
      ...[...box, "sh", rig.directory, TSV, "run", "--exit-on", "any", "--name", `a=${command}`],
    ]);
    assert.equal(status, 4, stdout + stderr);
    assert.match(stdout, /a {3}\| 65534\n/);
    assert.match(stdout, /a {3}\| (?:ok: 1 of 1 program running|a is STARTING)\n/);
  },
);
