// program-limits: programs have the limits of their options, and a start whose limits cannot be set says why.

import assert from "node:assert/strict";
import { chownSync, readFileSync } from "node:fs";
import { AS_NOBODY, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const SHOW =
  "/bin/sh -c 'cat /proc/$$/limits /proc/$$/status /proc/$$/oom_score_adj; nice; echo end; exec sleep 1000'";

const program = (name: string, options: string): string =>
  `[program:${name}]\ncommand=${SHOW}\nstdout_logfile=%(here)s/${name}.out\nredirect_stderr=true\n${options}\n`;

async function outputOf(rig: Rig, name: string): Promise<string> {
  await waitForText(rig.path(`${name}.out`), /^end$/m);
  return readFileSync(rig.path(`${name}.out`), "utf8");
}

e2e("a program has its limits, and another one those of the daemon", async (rig) => {
  const options = `nice=4
oom_score_adj=345
cpu_affinity=0
rlimit_nofile=111:222
rlimit_core=0
rlimit_fsize=64M
no_new_privs=true`;
  await rig.startWith(program("bound", options) + program("free", ""));
  const bound = await outputOf(rig, "bound");
  assert.match(bound, /^Max open files +111 +222 /m);
  assert.match(bound, /^Max core file size +0 +0 /m);
  assert.match(bound, /^Max file size +67108864 +67108864 /m);
  assert.match(bound, /^Cpus_allowed_list:\t0$/m);
  assert.match(bound, /^NoNewPrivs:\t1$/m);
  assert.match(bound, /^345\n4\nend$/m);
  const free = await outputOf(rig, "free");
  assert.doesNotMatch(free, /^Max open files +111 /m);
  assert.match(free, /^NoNewPrivs:\t0$/m);
  assert.match(free, /\n0\nend\n/);
});

e2e("a user keeps the capabilities that are named", withoutRoot(), async (rig) => {
  await rig.startWith(program("web", "user=nobody\ncapabilities=net_bind_service"));
  const text = await outputOf(rig, "web");
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
    assert.match(text, new RegExp(`^Cap${set}:\t0000000000000400$`, "m"));
  }
});

e2e("a start whose limit cannot be set fails, and names option and reason", async (rig) => {
  const daemon = await rig.startWith(
    `${program("one", "cpu_affinity=0,8000\nstartretries=0")}${program("two", "")}`,
  );
  await daemon.logged(/gave up: one/);
  const { spawnerr } = await daemon.info("one");
  assert.match(String(spawnerr), /^couldn't set cpu_affinity=0,8000: the daemon has CPUs \d/);
  const { stdout } = await rig.verb("why", "one");
  assert.match(stdout, /couldn't\s+set\s+cpu_affinity=0,8000/);
  await daemon.logged(/success: two entered RUNNING/);
});

e2e("what only root may set is an error for another user", withoutRoot(), async (rig) => {
  chownSync(rig.directory, 65534, 65534);
  rig.configure(program("one", "nice=-5\nstartretries=0"));
  const daemon = await rig.start({ wrapper: AS_NOBODY });
  await daemon.logged(/gave up: one/);
  assert.match(
    String((await daemon.info("one"))["spawnerr"]),
    /^couldn't set nice=-5: only a daemon that runs as root may do that$/,
  );
});

e2e("an unknown limit is an error of the configuration", async (rig) => {
  const file = rig.configure(program("one", "rlimit_nofiles=9"));
  const { stdout, status } = await rig.tsv("check", file);
  assert.equal(status, 1);
  assert.match(stdout, /there is no limit rlimit_nofiles: did you mean rlimit_nofile\?/);
});

e2e(
  "without a delegated cgroup a program with limits of cgroups fails, and others run",
  async (rig) => {
    const daemon = await rig.startWith(
      `${program("one", "memory_max=30M\nstartretries=0")}${program("two", "")}`,
    );
    await daemon.logged(/gave up: one/);
    assert.match(String((await daemon.info("one"))["spawnerr"]), /^couldn't set memory_max=30MB: /);
    await daemon.logged(/success: two entered RUNNING/);
  },
);
