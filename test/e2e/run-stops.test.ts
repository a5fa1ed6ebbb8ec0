// How a `tsv run` stops: signals, --grace, process groups, and an output that nothing reads.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import { puppet } from "../rig/puppet.ts";
import { NOBODY, withoutStranger } from "../rig/stranger.ts";
import { LOOP, plain, Run } from "./rig/foreground-run.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

e2e("Ctrl-C stops in order and ends with 0; others have their time", async (rig) => {
  const command = (name: string) =>
    puppet("on:TERM", `print:${name} stops`, "exit:0", "start", `print:${name} up`);
  rig.write(
    "d.conf",
    `[supervisord]
[program:db]
command=${command("db")}
priority=1
[program:web]
command=${command("web")}
priority=2
`,
  );
  const started = new Run(rig, ["-c", "d.conf"]);
  await started.said(/db up/);
  await started.said(/web up/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 0);
  assert.match(
    plain(started.text),
    /SIGINT: stopping 2 programs; once more kills them[\s\S]*web stops[\s\S]*db stops/,
  );
  assert.deepEqual(readdirSync(rig.directory).sort(), ["d.conf"], "nothing is written");
});

/** A shell, which a signal ends at once, and a server in the same group, which needs a while. */
const DRAINING = `sh -c 'trap "echo drains; sleep 1; echo bye; exit" TERM; echo up $PPID; ${LOOP}' & wait`;

e2e("a stop waits for what a shell has started, before a restart and at the end", async (rig) => {
  rig.write("Procfile", `web: ${DRAINING}\n`);
  const started = new Run(rig, []);
  await started.said(/up/);
  const restarted = await rig.command([TSV, "restart", "web.1"], { cwd: rig.directory });
  assert.equal(restarted.stdout, "web.1: stopped\nweb.1: started\n");
  await started.said(/drains[\s\S]*bye[\s\S]*web\.1 stopped[\s\S]*up/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 0);
  assert.match(started.text, /SIGINT[\s\S]*drains[\s\S]*bye[\s\S]*web\.1 stopped\n$/);
});

/** Does not react to SIGTERM, and takes a while to die of SIGKILL: the kernel frees its memory before its descriptors. */
const BIG = `import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
memory = b"x" * (512 << 20)
print("up", flush=True)
time.sleep(1000)
`;

e2e("a second Ctrl-C kills what a shell has started too, and waits for it", async (rig) => {
  rig.write("big.py", BIG);
  const started = new Run(rig, ["--", "sh", "-c", "python3 big.py & wait"]);
  await started.said(/\| up/);
  const [, group] = /sh started, pid (\d+)/.exec(started.text) ?? [];
  process.kill(started.child.pid ?? 0, "SIGINT");
  await started.said(/SIGINT: stopping sh; once more kills it/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 130);
  // The run is the parent of the orphans and has reaped them: not even a zombie is left of the group.
  assert.throws(() => process.kill(-Number(group), 0), { code: "ESRCH" });
});

e2e("HUP, USR1, USR2 and WINCH go to the programs", async (rig) => {
  const signals = ["HUP", "USR1", "USR2", "WINCH"];
  const actions = signals.flatMap((name) => [`on:${name}`, `print:got ${name}`]);
  const started = new Run(rig, ["--name", `a=exec ${puppet(...actions, "start", "print:up")}`]);
  await started.said(/up/);
  for (const name of ["HUP", "USR1", "USR2", "WINCH"] as const) {
    process.kill(started.child.pid ?? 0, `SIG${name}`);
    await started.said(new RegExp(`got ${name}`));
  }
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
});

/** Prints a line now and then. */
const TICKS = "while :; do echo tick; sleep 0.05; done";

e2e("a run whose reader has ended stops in order, and ends with 0", async (rig) => {
  const script = `{ ${TSV} run --exit-on never --name 'a=trap "echo stopped > end; exit" TERM; ${TICKS}'; echo $? > status; } | head -1`;
  const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
  assert.equal(status, 0);
  assert.equal(stderr, "nothing reads standard output any more: stopping a\n");
  assert.equal(readFileSync(rig.path("status"), "utf8"), "0\n");
  assert.equal(readFileSync(rig.path("end"), "utf8"), "stopped\n");
});

e2e("a run that cannot write its output says so once, and goes on", async (rig) => {
  const count = "for i in 1 2 3 4; do echo $i; sleep 0.1; done; echo done > end; exit 3";
  for (const [target, reason] of [
    [">/dev/full", "no space left on device"],
    ["1</dev/null", "bad file descriptor"],
  ]) {
    rig.write("end", "");
    const script = `exec ${TSV} run --name 'a=${count}' ${target}`;
    const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
    assert.equal(stderr, `cannot write to standard output: ${reason}\n`);
    assert.equal(status, 3);
    assert.equal(readFileSync(rig.path("end"), "utf8"), "done\n");
  }
});

// Their starts are begun in the order of the Procfile (unit/core/run/config.test.ts), and any of them may be the first to execute.
e2e("the programs of a Procfile stop together", async (rig) => {
  const names = ["web", "css", "queue", "api"];
  const command = `trap "echo asked" TERM; echo up; until [ -e end ]; do sleep 0.05; done`;
  rig.write("Procfile", names.map((name) => `${name}: ${command}\n`).join(""));
  const started = new Run(rig, []);
  for (const name of names) await started.said(new RegExp(`${name}\\.1 +\\| up`));
  process.kill(started.child.pid ?? 0, "SIGTERM");
  // Each of them, while none has ended.
  for (const name of names) await started.said(new RegExp(`${name}\\.1 +\\| asked`));
  rig.write("end", "");
  assert.equal(await started.ended(), 0);
});

/** Becomes root altogether, so that the user who started it may not signal it. */
const ROOT_ALTOGETHER = `import os
os.setresuid(0, 0, 0)
print("up", flush=True)
with open("life") as life: life.read()
`;

e2e(
  "a program that the user may not signal is named, and the run ends with 1",
  withoutStranger,
  async (rig, t) => {
    const python = rig.path("python");
    copyFileSync(realpathSync("/usr/bin/python3"), python);
    chmodSync(python, 0o4755);
    chownSync(rig.directory, NOBODY, NOBODY);
    chmodSync(rig.directory, 0o755);
    rig.write("root.py", ROOT_ALTOGETHER);
    assert.equal((await rig.command(["mkfifo", rig.path("life")])).status, 0);
    const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const started = new Run(rig, ["--", python, "root.py"], asNobody);
    t.after(() => started.child.kill("SIGKILL"));
    await started.said(/\| up|not permitted/);
    if (started.text.includes("not permitted")) {
      t.skip("/tmp is mounted nosuid");
      return;
    }
    process.kill(started.child.pid ?? 0, "SIGINT");
    assert.equal(await started.ended(), 1);
    assert.match(
      plain(started.text),
      /python may still be running: unknown problem killing python \(\d+\): .*EPERM; to end it: sudo kill \d+\n$/,
    );
  },
);
