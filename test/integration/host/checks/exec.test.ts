// Commands as checks: what they print, fork, or never do disturbs nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProgramCommand } from "../../../../src/core/process/launch.ts";
import { createChecker } from "../../../../src/host/checks/checker.ts";
import { CheckCommands } from "../../../../src/host/checks/exec.ts";
import { createHelpers } from "../../../../src/host/processes/helpers.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createProgramHost } from "../../../../src/host/processes/program-host.ts";
import { createSpawner } from "../../../../src/host/processes/spawner.ts";
import type { CheckOutcome } from "../../../../src/ports/checker.ts";
import type { Pipes } from "../../../../src/ports/pipes.ts";
import { textOf } from "../../../e2e/rig/watch.ts";
import { isAlive } from "../../../rig/is-alive.ts";
import { mountStalling, withoutStallingMount } from "../../../rig/stalling-mount.ts";
import { ask, claimOf, temporaryDirectory } from "./rig.ts";

const pipes = createPipes();
let watchFails = false;
const outputs: Pipes = {
  watch(...watch) {
    if (watchFails) throw new Error("cannot watch it: ENOMEM");
    pipes.watch(...watch);
  },
  unwatch: (fd) => pipes.unwatch(fd),
  read: (fd, buffer) => pipes.read(fd, buffer),
  isEmpty: (fd) => pipes.isEmpty(fd),
  write: (fd, bytes) => pipes.write(fd, bytes),
  close: (fd) => pipes.close(fd),
};
const helpers = createHelpers(createSpawner(pipes), outputs);
const host = createProgramHost();
const checker = createChecker(new CheckCommands(helpers, host), pipes);
/** Deaths that are reported although they are those of check commands. */
const strays: number[] = [];
// A handler of signals keeps no process alive.
const alive = setInterval(() => {}, 10_000);
after(() => clearInterval(alive));
process.on("SIGCHLD", () => strays.push(...Array.from(helpers.spawner.reap(), ({ pid }) => pid)));

function shell(script: string, changes: Partial<ProgramCommand> = {}): ProgramCommand {
  return {
    key: processKey("db", "db"),
    program: "db",
    candidates: [{ path: "/bin/sh", file: "/bin/sh", shown: "/bin/sh" }],
    argv: ["sh", "-c", script],
    env: ["PATH=/bin:/usr/bin", "WHO=db"],
    ...{ cwd: null, umask: null, uid: null, softFileLimit: 1024 },
    ...changes,
  };
}

async function check(command: ProgramCommand, timeoutMs = 20_000): Promise<CheckOutcome> {
  const outcome = await ask({ kind: "exec", command }, timeoutMs, checker);
  await helpers.commandsReaped(AbortSignal.timeout(20_000));
  return outcome;
}

test("exec: it passes with status 0, and fails with its status and its last line", async () => {
  assert.deepEqual(await check(shell("exit 0")), { ok: true, text: "exit status 0" });
  assert.deepEqual(await check(shell("echo one; echo no response >&2; exit 2")), {
    ok: false,
    text: "exit status 2: no response",
  });
  assert.equal((await check(shell("kill -9 $$"))).text, "killed by SIGKILL");
  assert.deepEqual(strays, []);
});

test("exec: it has the environment and directory of its program, and no input", async (t) => {
  const cwd = temporaryDirectory(t);
  const outcome = await check(shell("cat; echo $WHO in $PWD; exit 1", { cwd }));
  assert.equal(outcome.text, `exit status 1: db in ${cwd}`);
});

test("exec: a command that is not there, and a user who is not there, say so", async () => {
  const missing = { path: "/bin/none", file: "/bin/none", shown: "/bin/none" };
  const none = shell("", { candidates: [missing], argv: ["none"] });
  assert.equal((await check(none)).text, "can't find command 'none'");
  const isRoot = process.getuid?.() === 0;
  const other = await check(shell("exit 0", { uid: 54_321 }));
  assert.match(other.text, isRoot ? /^there is no user/ : /does not run as root$/);
});

test("exec: as root it runs as its program's user", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root to be another user");
    return;
  }
  const outcome = await check(shell("id -u; exit 1", { uid: 65_534 }));
  assert.equal(outcome.text, "exit status 1: 65534");
});

test("exec: one that never exits is killed with its children, also when it is cancelled", async (t) => {
  const directory = temporaryDirectory(t);
  const pids = join(directory, "pids");
  const script = `trap '' TERM HUP; sleep 1000 & echo $$ $! >${pids}; wait`;
  // Long enough for the script to write them down, also on a busy machine.
  const late = await check(shell(script), 3000);
  assert.equal(late.text, "no exit within 3s");
  for (const pid of readFileSync(pids, "utf8").split(/\s+/).filter(Boolean)) {
    while (isAlive(Number(pid))) await new Promise(setImmediate);
  }
  const target = { kind: "exec", command: shell("exec sleep 1000") } as const;
  const told = (): never => assert.fail("told although it was cancelled");
  const cancel = checker.check(target, 20_000, told, claimOf("a"));
  await new Promise(setImmediate);
  cancel();
  await helpers.commandsReaped(AbortSignal.timeout(20_000));
  assert.deepEqual(strays, []);
});

test("exec: what it has forked does not outlive it in its group, nor keep its outcome", async (t) => {
  const pidFile = join(temporaryDirectory(t), "pid");
  const outcome = await check(shell(`sleep 1000 & echo $! >${pidFile}; echo up`));
  assert.deepEqual(outcome, { ok: true, text: "exit status 0: up" });
  const pid = Number(readFileSync(pidFile, "utf8"));
  while (isAlive(pid)) await new Promise(setImmediate);
});

test("exec: a flood of output ends with the command, and only its end is kept", async () => {
  const outcome = await check(shell("head -c 3000000 /dev/zero; echo; echo done; exit 3"));
  assert.equal(outcome.text, "exit status 3: done");
});

test("exec: a check of a process waits until its last command is dead", async () => {
  const cancel = checker.check(
    { kind: "exec", command: shell("exec sleep 1000") },
    20_000,
    () => {},
    claimOf("a"),
  );
  while (helpersIdle()) await new Promise(setImmediate);
  cancel();
  assert.equal((await check(shell("exit 0"))).ok, true);
  assert.deepEqual(strays, []);
});

test("exec: commands that hang before they execute take one start of each process, and say nothing about it", {
  skip: withoutStallingMount(),
}, async (t) => {
  const mount = await mountStalling({ t, deaf: true });
  await mount.stall();
  const before = children().length;
  const hanging = shell("exit 0", { cwd: mount.path, key: processKey("hangs", "hangs") });
  const outcomes: CheckOutcome[] = [];
  for (let i = 0; i < 80; i += 1) {
    outcomes.push(await ask({ kind: "exec", command: hanging }, 20, checker));
  }
  assert.ok(outcomes.every(({ ok, byHost }) => !ok && byHost === true));
  assert.equal(outcomes[0]?.text, "the command was not executed within 20ms");
  assert.equal(outcomes[79]?.text, "no start of the last command, which was killed, within 20ms");
  assert.equal(children().length, before + 1);
  assert.equal((await check(shell("exit 0"))).ok, true);
  const repeated = ask({ kind: "exec", command: hanging }, 20_000, checker);
  await mount.release();
  assert.deepEqual(await repeated, { ok: true, text: "exit status 0" });
  assert.deepEqual(strays, []);
});

test("exec: a command whose output cannot be watched is killed, and says nothing about its program", async (t) => {
  const descriptors = readdirSync("/proc/self/fd").length;
  watchFails = true;
  t.after(() => {
    watchFails = false;
  });
  const { ok, byHost } = await check(shell("exec sleep 1000"));
  assert.deepEqual({ ok, byHost }, { ok: false, byHost: true });
  assert.ok(helpersIdle());
  assert.equal(readdirSync("/proc/self/fd").length, descriptors);
});

function children(): readonly string[] {
  const all = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return all.split(" ").filter((pid) => pid !== "");
}

/** No command executes. */
function helpersIdle(): boolean {
  return !children().some((pid) => {
    return isAlive(Number(pid)) && textOf(`/proc/${pid}/cmdline`).startsWith("sleep");
  });
}
