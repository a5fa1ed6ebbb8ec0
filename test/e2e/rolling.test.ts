// tsv restart --rolling: how many programs are not up at a time, and what ends it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";

const NAMES = ["a", "b", "c", "d"];

/** A group g of these programs, each of a script of its own. */
function group(names: readonly string[], options: string): string {
  const programs = names.map(
    (name) => `[program:${name}]\ncommand=sh %(here)s/${name}.sh\n${options}\n`,
  );
  return `[group:g]\nprograms=${names.join(",")}\n${programs.join("")}`;
}

async function pidsOf(daemon: Daemon, names: readonly string[]): Promise<readonly unknown[]> {
  const infos = await Promise.all(names.map((name) => daemon.info(`g:${name}`)));
  return infos.map(({ pid }) => pid);
}

async function awaitState(daemon: Daemon, name: string, state: string, not: unknown = 0) {
  await until(
    async () => {
      const { statename, pid } = await daemon.info(`g:${name}`);
      return statename === state && pid !== not;
    },
    { what: `${name} in ${state}` },
  );
}

e2e("a program that does not come up ends it, and the rest keep their pids", async (rig) => {
  for (const name of NAMES) rig.write(`${name}.sh`, "exec sleep 1000\n");
  const daemon = await rig.startWith(group(NAMES, "startsecs=1\nstartretries=0"));
  await daemon.logged(/success: \w entered/, 4);
  const before = await pidsOf(daemon, NAMES);
  rig.write("c.sh", "exit 3\n");
  const failed = await rig.verb("restart", "--rolling", "g:*");
  assert.equal(
    failed.stdout,
    "g:a: restarted\ng:b: restarted\ng:c: ERROR (Exited too quickly (process log may have details))\ng:d: left as it is\n",
  );
  assert.equal(failed.status, 7);
  const hints = failed.stderr.replaceAll(/\s+/g, " ");
  assert.match(hints, /tsv why g:c .*tsv restart --rolling g:d/);
  const after = await pidsOf(daemon, NAMES);
  assert.deepEqual(
    after.map((pid, index) => (pid === 0 ? "down" : pid === before[index] ? "same" : "new")),
    ["new", "new", "down", "same"],
  );
  // It does not start what is down, and --json says the same.
  const again = await rig.verb("restart", "--rolling=4", "--json", "g:*");
  assert.equal(again.status, 0, again.stdout);
  const results = JSON.parse(again.stdout).results as readonly { name: string; result: string }[];
  assert.deepEqual(
    results.map(({ name, result }) => `${name} ${result}`),
    ["c not running, and not started", "a restarted", "b restarted", "d restarted"],
  );
});

/** A program that is ready once a file with its name is there. */
function gated(rig: Rig, names: readonly string[]): string {
  for (const name of names) {
    const gate = rig.write(`${name}.go`, "");
    const wait = `until [ -e ${gate} ]; do sleep 0.05; done`;
    rig.write(`${name}.sh`, `${wait}\necho ready\nexec sleep 1000\n`);
  }
  return group(names, "startsecs=0\nready_check=log:ready");
}

async function close(rig: Rig, names: readonly string[]): Promise<void> {
  await rig.command(["rm", ...names.map((name) => rig.path(`${name}.go`))]);
}

e2e("two at a time: the next two begin when both are ready", async (rig) => {
  const names = ["a", "b", "c"];
  const daemon = await rig.startWith(gated(rig, names));
  await daemon.logged(/success: \w entered/, 3);
  await close(rig, names);
  const before = await pidsOf(daemon, names);
  const restarting = rig.verb("restart", "--rolling=2", "g:*");
  await awaitState(daemon, "a", "STARTING", before[0]);
  await awaitState(daemon, "b", "STARTING", before[1]);
  rig.write("a.go", "");
  await awaitState(daemon, "a", "RUNNING");
  assert.equal((await pidsOf(daemon, ["c"]))[0], before[2]);
  rig.write("b.go", "");
  await awaitState(daemon, "c", "STARTING", before[2]);
  rig.write("c.go", "");
  const { stdout, status } = await restarting;
  assert.deepEqual(
    [stdout, status],
    [
      NAMES.slice(0, 3)
        .map((n) => `g:${n}: restarted\n`)
        .join(""),
      0,
    ],
  );
});

e2e(
  "Ctrl-C completes the restart that has begun, and begins no other",
  withoutTerminal(),
  async (rig) => {
    const names = ["a", "b"];
    const daemon = await rig.startWith(gated(rig, names));
    await daemon.logged(/success: \w entered/, 2);
    await close(rig, names);
    const before = await pidsOf(daemon, names);
    const argv = [TSV, "restart", "--rolling", "g:*", "-c", daemon.config];
    const person = new Typist(argv, { cwd: rig.directory, mark: rig.mark });
    await awaitState(daemon, "a", "STARTING", before[0]);
    await person.shows(/waiting for g:a/);
    person.type("\x03");
    await person.ended();
    rig.write("a.go", "");
    await awaitState(daemon, "a", "RUNNING");
    assert.equal((await pidsOf(daemon, ["b"]))[0], before[1]);
  },
);

e2e("a daemon that dies meanwhile leaves no program down", async (rig) => {
  const script = `trap "until [ -e ${rig.path("go")} ]; do sleep 0.05; done; exit" TERM\necho up >>${rig.path("up")}\nwhile :; do sleep 0.02; done\n`;
  for (const name of ["a", "b"]) rig.write(`${name}.sh`, script);
  const daemon = await rig.startWith(group(["a", "b"], "startsecs=0"));
  await until(() => existsSync(rig.path("up")), { what: "the programs" });
  const before = await pidsOf(daemon, ["a", "b"]);
  const restarting = rig.verb("restart", "--rolling", "g:*");
  await awaitState(daemon, "a", "STOPPING");
  process.kill(daemon.process, "SIGKILL");
  await daemon.logged(/a new one continues/);
  const { status } = await restarting;
  assert.notEqual(status, 0);
  rig.write("go", "");
  await awaitState(daemon, "a", "RUNNING", before[0]);
  assert.equal((await pidsOf(daemon, ["b"]))[0], before[1]);
});

e2e("nothing stops when a command is gone, or a name or number is wrong", async (rig) => {
  const snooze = rig.path("snooze");
  await rig.command(["cp", "/bin/sleep", snooze]);
  const daemon = await rig.startWith(
    `[program:x]\ncommand=sleep 1000\n[program:y]\ncommand=${snooze} 1000\n`,
  );
  await daemon.logged(/success: \w entered/, 2);
  const before = (await daemon.info("x"))["pid"];
  const tries = [
    ["2", "x"],
    ["x", "nothing"],
  ];
  for (const words of tries) {
    const { status, stdout } = await rig.verb("restart", "--rolling", ...words);
    assert.equal(status, 1);
    assert.match(stdout, /^(?:2|nothing): ERROR \(no such process\)\n$/);
  }
  assert.equal((await rig.verb("restart", "--rolling=0", "x")).status, 2);
  await rig.command(["rm", snooze]);
  const gone = await rig.verb("restart", "--rolling", "all");
  assert.equal(gone.status, 7);
  assert.equal(gone.stdout, "y: ERROR (no such file)\nx: left as it is\n");
  assert.equal((await daemon.info("x"))["pid"], before);
});
