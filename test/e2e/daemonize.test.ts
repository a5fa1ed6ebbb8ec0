// Going into the background: the command returns 0 only when the daemon is up, else the daemon's error and status 2.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { daemonOf } from "../../src/host/keeper/kept-process.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { marked } from "./rig/leftovers.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { answers, waitForChange } from "./rig/watch.ts";

const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

function background(rig: Rig, ...args: readonly string[]) {
  return rig.run(TSV_BY_NAME, "supervisord", ["-c", rig.path("d.conf"), ...args]);
}

async function end(rig: Rig): Promise<void> {
  const pid = Number(readFileSync(rig.path("d.pid"), "utf8"));
  process.kill(pid, "SIGTERM");
  const gone = (): true | undefined => !existsSync(rig.path("d.pid")) || undefined;
  await waitForChange(rig.directory, gone, "the pid file to go");
}

e2e(
  "ready-then-return: the command returns when pid file and socket are there, not before",
  async (rig) => {
    rig.configure(PROGRAM);
    const outcome = await background(rig);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.equal(outcome.stdout, "");
    assert.equal(outcome.stderr, "");
    const pid = Number(readFileSync(rig.path("d.pid"), "utf8"));
    assert.ok(marked(rig.mark).includes(pid), "the pid file names the daemon");
    assert.ok(await answers(rig.path("d.sock")));
    assert.equal(readFileSync(`/proc/${pid}/comm`, "utf8"), "supervisord\n", "process-name");
    assert.equal(
      readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[5],
      String(pid),
      "it leads a session",
    );
    await end(rig);
    assert.ok(!existsSync(rig.path("d.sock")));
  },
);

e2e(
  "the daemon in the background holds no terminal and runs where the config says",
  async (rig) => {
    mkdirSync(rig.path("work"));
    rig.configure("[supervisord]\numask=027\ndirectory=%(here)s/work\n");
    assert.equal((await background(rig)).status, 0);
    const pid = Number(readFileSync(rig.path("d.pid"), "utf8"));
    const { readlinkSync } = await import("node:fs");
    for (const fd of [0, 1, 2]) assert.equal(readlinkSync(`/proc/${pid}/fd/${fd}`), "/dev/null");
    assert.equal(readlinkSync(`/proc/${pid}/cwd`), rig.path("work"));
    const status = readFileSync(`/proc/${daemonOf(pid)}/status`, "utf8");
    assert.match(status, /^Umask:\t0027$/m);
    await end(rig);
  },
);

e2e("a config error is the command's error", async (rig) => {
  rig.configure("[program:p]\ncommand=x\nnumprocs=two\n");
  const { status, stderr } = await background(rig);
  assert.equal(status, 2);
  assert.match(stderr, /^Error: invalid literal for int\(\) with base 10: 'two'/);
  assert.match(stderr, /^For help, use .*supervisord -h$/m);
  assert.deepEqual(marked(rig.mark), []);
});

e2e("a socket in use is the command's error, and its holder is unharmed", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  const { status, stderr } = await background(
    rig,
    "-j",
    rig.path("other.pid"),
    "-l",
    rig.path("other.log"),
  );
  assert.equal(status, 2);
  assert.match(stderr, /^Error: Another program is already listening/);
  assert.equal((await first.info("up"))["statename"], "RUNNING");
  assert.ok(!existsSync(rig.path("other.pid")));
});

e2e("a pid file that cannot be written is reported, and the daemon continues", async (rig) => {
  mkdirSync(rig.path("a"));
  rig.configure(PROGRAM);
  mkdirSync(rig.path("d.pid"));
  const daemon = rig.launch();
  await daemon.logged(/could not write pidfile .*d\.pid/);
  await daemon.logged(/spawned: 'up'/);
});

e2e(
  "root's tsv daemon says within a terminal's width which configuration it found",
  withoutRoot() || (existsSync("/etc/supervisor") ? false : "no /etc/supervisor to mount over"),
  async (rig) => {
    const path = rig.configure(PROGRAM, "etc/supervisord.conf");
    const script = `mount --bind '${dirname(path)}' /etc/supervisor && exec '${TSV}' daemon`;
    const { status, stderr } = await rig.command(["unshare", "--mount", "sh", "-c", script]);
    const said =
      "Warning: no configuration was named; using /etc/supervisor/supervisord.conf.\n  Name it with -c.\n";
    assert.deepEqual([status, stderr], [0, said]);
    assert.equal((await rig.tsv("shutdown", "-c", path)).status, 0);
  },
);
