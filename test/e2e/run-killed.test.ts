// A `tsv run` that is killed: its guard ends the programs.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { gone } from "../rig/gone.ts";
import { isAlive } from "../rig/is-alive.ts";
import { puppet } from "../rig/puppet.ts";
import { until } from "../rig/wait.ts";
import { plain, Run } from "./rig/foreground-run.ts";
import { childrenOf, guardOf, pidOf } from "./rig/guard.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";

/** Writes to the file `ends`, and to its output that it is up. */
const ending = (name: string, signal = "TERM", ...first: readonly string[]): string =>
  puppet(`on:${signal}`, `append:ends:${name}`, "exit:0", "start", ...first, `pids:${name} up`);

const PROGRAMS = `[supervisord]
[program:piped]
command=${ending("piped", "INT")}
stopsignal=INT
[program:terminal]
command=${ending("terminal", "TERM", "ignore:HUP")}
tty=true
[program:grouped]
command=sh -c "${ending("grouped")} & wait"
stopasgroup=true
[program:over]
command=sh -c "${ending("left")} & exit 0"
stopasgroup=true
autorestart=false
startsecs=0
`;

for (const signal of ["SIGKILL", "SIGSEGV"] as const) {
  e2e(`programs get their stop signals after ${signal} to their run`, async (rig) => {
    rig.write("d.conf", PROGRAMS);
    const started = new Run(rig, ["-c", "d.conf"]);
    const other = new Run(rig, ["--", "sh", "-c", `exec ${ending("other")}`]);
    const pids = [
      ...(await pidOf(started, "piped")),
      ...(await pidOf(started, "terminal")),
      ...(await pidOf(started, "grouped")),
    ];
    const untouched = [(await pidOf(started, "left"))[0], (await pidOf(other, "other"))[0]];
    await started.said(/over exited/);
    const guard = await guardOf(started);
    process.kill(started.child.pid ?? 0, signal);
    assert.equal(await started.ended(), signal);
    await gone(...pids, guard);
    const ends = readFileSync(rig.path("ends"), "utf8").trim().split("\n");
    assert.deepEqual(ends.sort(), ["grouped", "piped", "terminal"]);
    assert.deepEqual(untouched.filter(isAlive), untouched);
    process.kill(other.child.pid ?? 0, "SIGTERM");
    assert.equal(await other.ended(), 0);
  });
}

e2e(
  "a group that a run was stopping ends, when a shell that led it has exited before",
  async (rig) => {
    const slow = puppet("on:TERM", "append:ends:slow", "start", "pids:slow up");
    const started = new Run(rig, ["--name", `a=${slow} & wait`]);
    const [slowPid = 0, shell = 0] = await pidOf(started, "slow");
    const guard = await guardOf(started);
    process.kill(started.child.pid ?? 0, "SIGINT");
    await waitForText(rig.path("ends"), /slow/);
    await until(() => !childrenOf(started).includes(shell), { what: "the end of the shell" });
    started.child.kill("SIGKILL");
    await waitForText(rig.path("ends"), /slow/, { times: 2 });
    process.kill(slowPid, "SIGKILL");
    await gone(guard);
  },
);

e2e("a program that was restarted is the one that ends", async (rig) => {
  const started = new Run(rig, ["--name", `a=exec ${ending("a")}`]);
  const [before = 0] = await pidOf(started, "a");
  const guard = await guardOf(started);
  assert.equal((await rig.tsv("restart", "a")).status, 0);
  await gone(before);
  const after = await until(() => childrenOf(started).find((pid) => pid !== guard), {
    what: "the new process",
  });
  await started.said(/a up[\s\S]*a up/);
  started.child.kill("SIGKILL");
  await gone(after, guard);
  assert.equal(textOf(rig.path("ends")), "a\na\n");
});

e2e("what ends other processes does not end the guard of a run", async (rig) => {
  const started = new Run(rig, ["--name", `a=exec ${ending("a")}`]);
  const [pid = 0] = await pidOf(started, "a");
  const guard = await guardOf(started);
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1"])
    process.kill(guard, signal);
  started.child.kill("SIGKILL");
  await gone(pid, guard);
  assert.equal(textOf(rig.path("ends")), "a\n");
});

/** Kills the guard of a run, and waits until the run has noticed. */
async function killGuard(run: Run): Promise<void> {
  const guard = await guardOf(run);
  process.kill(guard, "SIGKILL");
  await until(() => !childrenOf(run).includes(guard), { what: "the end of the guard" });
}

e2e("a guard that is killed is started again, and ends the programs", async (rig) => {
  const started = new Run(rig, ["--name", `a=exec ${ending("a")}`]);
  const [pid = 0] = await pidOf(started, "a");
  await killGuard(started);
  const guard = await guardOf(started);
  started.child.kill("SIGKILL");
  await gone(pid, guard);
  assert.equal(textOf(rig.path("ends")), "a\n");
});

e2e("a guard that is killed twice harms nothing, and the run says so", async (rig) => {
  const started = new Run(rig, ["--name", `a=exec ${ending("a")}`]);
  await pidOf(started, "a");
  await killGuard(started);
  await killGuard(started);
  await started.said(
    /the run has no guard \(it was killed twice\): if it is killed, its programs go on/,
  );
  assert.equal((await rig.tsv("restart", "a")).status, 0);
  await started.said(/a up[\s\S]*a up/);
  started.child.kill("SIGINT");
  assert.equal(await started.ended(), 0);
  assert.match(plain(started.text), /SIGINT: stopping a; once more kills it\n[\s\S]*a stopped\n$/);
});

e2e("the guard of a run that ends by itself exits, and sends no signal", async (rig) => {
  rig.write("d.conf", PROGRAMS);
  const started = new Run(rig, ["-c", "d.conf"]);
  const [left] = await pidOf(started, "left");
  await started.said(/over exited/);
  const guard = await guardOf(started);
  started.child.kill("SIGINT");
  assert.equal(await started.ended(), 0);
  await gone(guard);
  assert.ok(isAlive(left));
  assert.doesNotMatch(textOf(rig.path("ends")), /left/);
});

e2e("the guard has only its pipe, which programs do not have, and the table", async (rig) => {
  const started = new Run(rig, ["--name", `a=exec ${ending("a")}`]);
  const [pid = 0] = await pidOf(started, "a");
  const guard = await guardOf(started);
  const files = filesOf(guard);
  assert.deepEqual(Object.keys(files), ["0", "1"]);
  assert.match(files["0"] ?? "", /^pipe:/);
  assert.match(files["1"] ?? "", /^\/memfd:tsv /);
  assert.equal(readlinkSync(`/proc/${guard}/cwd`), "/");
  assert.equal(readFileSync(`/proc/${guard}/environ`, "utf8"), "");
  assert.equal(
    readFileSync(`/proc/${guard}/cmdline`, "utf8"),
    `tsv-guard\0of\0${started.child.pid}\0`,
  );
  assert.ok(!Object.values(filesOf(pid)).includes(files["0"] ?? ""));
});

e2e("a run whose guard cannot be executed says so, and runs", withoutRoot(), async (rig) => {
  const withoutProc = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc; exec "$@"'];
  const command = ["--exit-on", "never", "--", "sh", "-c", `exec ${ending("a")}`];
  const started = new Run(rig, command, [...withoutProc, "sh"]);
  await started.said(/the run has no guard \(ENOENT\): if it is killed, its programs go on/);
  await pidOf(started, "a");
  started.child.kill("SIGINT");
  assert.equal(await started.ended(), 0);
});

e2e("TSV_KEEPER=off asks for a run without a guard, and programs do not get it", async (rig) => {
  const shell = `echo "word \${TSV_KEEPER-none}"; exec ${ending("a")}`;
  const started = new Run(rig, ["--name", `a=${shell}`], ["env", "TSV_KEEPER=off"]);
  await started.said(/word none/);
  const [pid] = await pidOf(started, "a");
  assert.equal((await rig.tsv("restart", "a")).status, 0);
  await started.said(/a up[\s\S]*a up/);
  assert.equal(childrenOf(started).length, 1);
  assert.ok(!isAlive(pid));
});

function filesOf(pid: number): Readonly<Record<string, string>> {
  const folder = `/proc/${pid}/fd`;
  return Object.fromEntries(readdirSync(folder).map((fd) => [fd, readlinkSync(`${folder}/${fd}`)]));
}
