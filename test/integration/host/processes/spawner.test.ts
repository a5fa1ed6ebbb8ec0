// Starting real programs: their environment, reports of failed steps, and their death.

import assert from "node:assert/strict";
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { START, startProcess } from "../../../../src/host/processes/start-process.ts";
import {
  death,
  isRoot,
  needsRoot,
  outputOf,
  pipes,
  readAll,
  scratchDirectory,
  spawner,
  spec,
  startScript,
  waitFor,
} from "./rig.ts";

const nobody = { uid: 65_534, gid: 65_534, groups: [65_534, 1234] };

test("a program gets its arguments, environment, directory and umask", async () => {
  const script = 'echo "$0 $1|$GREETING|$(pwd)|$(umask)"';
  const result = spawner.spawn(
    spec(["/bin/sh", "-c", script, "zero", "ünï one"], {
      env: ["GREETING=hello\nworld", "PATH=/usr/bin:/bin"],
      cwd: "/usr",
      umask: 0o27,
    }),
  );
  assert.ok(result.ok);
  assert.equal(await readAll(result.value.stdout), "zero ünï one|hello\nworld|/usr|0027\n");
  assert.equal((await death(result.value.pid)).exitCode, 0);
});

test("a program inherits only its three pipes", async () => {
  const held = openSync("/dev/null", "r");
  posix().setCloexec(held, 0);
  const listing = await outputOf("exec ls /proc/self/fd");
  closeSync(held);
  assert.deepEqual(listing.split("\n"), ["0", "1", "2", "3", ""]); // 3 is ls reading the directory
});

test("no signal is blocked or ignored in a program, whatever Node does itself", async () => {
  const status = await outputOf("exec cat /proc/self/status");
  assert.match(status, /SigBlk:\t0000000000000000/);
  assert.match(status, /SigIgn:\t0000000000000000/);
});

test("a program leads its own process group in the daemon's session", async () => {
  const fields = (await outputOf("exec cat /proc/self/stat")).replace(/.*\) /, "").split(" ");
  const own = readFileSync("/proc/self/stat", "utf8").replace(/.*\) /, "").split(" ");
  const [, , group, session] = fields;
  assert.notEqual(group, own[2]);
  assert.equal(session, own[3]);
});

test("the soft file limit is set and the hard one kept", async () => {
  const hard = posix().getLimit(posix().limits.nofile);
  assert.ok(typeof hard !== "number");
  const expected = hard.hard < 0 ? "unlimited" : String(hard.hard);
  assert.equal(
    await outputOf("ulimit -Sn; ulimit -Hn", { softFileLimit: 300 }),
    `300\n${expected}\n`,
  );
});

test("stderr goes to stdout's pipe when redirected, in the order written", async () => {
  const child = startScript("echo one; echo two >&2; echo three", { redirectStderr: true });
  assert.equal(child.stderr, null);
  assert.equal(await readAll(child.stdout), "one\ntwo\nthree\n");
});

test("a program reads what is written to its stdin, and its end", async () => {
  const child = startScript("cat; echo end");
  assert.ok(child.stdin !== null);
  assert.equal(pipes.write(child.stdin, new TextEncoder().encode("typed\n")), 6);
  pipes.close(child.stdin);
  assert.equal(await readAll(child.stdout), "typed\nend\n");
});

test("a given descriptor becomes stdin instead of a pipe", async (t) => {
  const file = join(scratchDirectory(t), "input");
  writeFileSync(file, "from a file");
  const fd = openSync(file, "r");
  const child = startScript("cat", { stdinFd: fd });
  closeSync(fd);
  assert.equal(child.stdin, null);
  assert.equal(await readAll(child.stdout), "from a file");
});

test("descriptors are put in place even when their numbers cross", async () => {
  const [a, b] = [openSync("/etc/passwd", "r"), openSync("/etc/group", "r")];
  const started = startProcess({
    file: "/bin/sh",
    argv: ["sh", "-c", `readlink /proc/self/fd/${a} /proc/self/fd/${b}`],
    env: ["PATH=/usr/bin:/bin"],
    flags: START.stdoutPipe,
    descriptors: [
      { target: a, source: b },
      { target: b, source: a },
    ],
  });
  closeSync(a);
  closeSync(b);
  assert.ok(started.ok);
  assert.equal(await readAll(started.value.stdout), "/etc/group\n/etc/passwd\n");
});

test("with setsid a program leads a session", async () => {
  const started = startProcess({
    file: "/bin/cat",
    argv: ["cat", "/proc/self/stat"],
    env: [],
    flags: START.stdoutPipe | START.setsid,
  });
  assert.ok(started.ok);
  const [, , , session] = (await readAll(started.value.stdout)).replace(/.*\) /, "").split(" ");
  assert.equal(Number(session), started.value.pid);
});

test("nice, out-of-memory score and other limits are set", async () => {
  const started = startProcess({
    file: "/bin/sh",
    argv: ["sh", "-c", "nice; cat /proc/self/oom_score_adj; ulimit -c"],
    env: ["PATH=/usr/bin:/bin"],
    flags: START.stdoutPipe,
    limits: { nice: 7, oomScoreAdj: 321, limitCore: { soft: 0, hard: 0 } },
  });
  assert.ok(started.ok);
  assert.equal(await readAll(started.value.stdout), "7\n321\n0\n");
});

test("rights are dropped to uid, gid and exactly the given groups", {
  skip: needsRoot,
}, async () => {
  const ids = await outputOf("id -u; id -g; id -G", { user: nobody });
  assert.equal(ids, "65534\n65534\n65534 1234\n");
});

test("a process that runs as another user holds none of root's capabilities", {
  skip: needsRoot,
}, async () => {
  const status = await outputOf("cat /proc/self/status", { user: nobody });
  assert.match(status, /CapEff:\t0000000000000000/);
  assert.match(status, /CapPrm:\t0000000000000000/);
});

test("the directory is entered with the program's rights, not the daemon's", {
  skip: needsRoot,
}, (t) => {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o700);
  const result = spawner.spawn(spec(["/bin/true"], { cwd: directory, user: nobody }));
  assert.deepEqual(result, { ok: false, error: { stage: "chdir", errno: "EACCES" } });
});

const failures = [
  ["a file that does not exist", { file: "/nonexistent" }, "exec", "ENOENT"],
  ["a directory", { file: "/etc" }, "exec", "EACCES"],
  ["a file that is not executable", { file: "/etc/passwd" }, "exec", "EACCES"],
  ["a directory to enter that does not exist", { cwd: "/nonexistent" }, "chdir", "ENOENT"],
  ["an argument with a NUL inside", { argv: ["true", "a\0b"] }, "exec", "EINVAL"],
  ["an environment with a NUL inside", { env: ["A=\0B"] }, "exec", "EINVAL"],
  ["a path with a NUL inside", { file: "/bin/true\0" }, "exec", "EINVAL"],
  ["a descriptor that is not open", { stdinFd: 9999 }, "stdio", "EBADF"],
] as const;

for (const [what, changes, stage, errno] of failures) {
  test(`${what} is reported by step and error, and leaves nothing open`, () => {
    const before = readdirSync("/proc/self/fd").length;
    const result = spawner.spawn(spec(["/bin/true"], changes));
    assert.deepEqual(result, { ok: false, error: { stage, errno } });
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });
}

test("a text file that is marked executable without #! is refused, as exec refuses it", (t) => {
  const file = join(scratchDirectory(t), "script");
  writeFileSync(file, "echo hello\n", { mode: 0o755 });
  const result = spawner.spawn(spec([file]));
  assert.deepEqual(result, { ok: false, error: { stage: "exec", errno: "ENOEXEC" } });
});

test("dropping rights fails for a daemon that has none", {
  skip: isRoot ? "is root" : false,
}, () => {
  const result = spawner.spawn(spec(["/bin/true"], { user: nobody }));
  assert.deepEqual(result, { ok: false, error: { stage: "groups", errno: "EPERM" } });
});

test("without a free descriptor the error names the daemon's side, and everything is released", () => {
  const limit = posix().getLimit(posix().limits.nofile);
  assert.ok(typeof limit !== "number");
  spawner.spawn(spec(["/nonexistent"])); // whatever is opened once is open now
  const open = readdirSync("/proc/self/fd").length;
  posix().setLimit(posix().limits.nofile, open + 3, limit.hard);
  const result = spawner.spawn(spec(["/bin/true"]));
  posix().setLimit(posix().limits.nofile, limit.soft, limit.hard);
  assert.deepEqual(result, { ok: false, error: { stage: "pipe", errno: "EMFILE" } });
  assert.equal(readdirSync("/proc/self/fd").length, open);
});

test("a death is reported with code or signal, and resource usage", async () => {
  const exited = await death(startScript("exit 7").pid);
  assert.equal(exited.exitCode, 7);
  assert.equal(exited.signal, null);
  assert.ok(exited.maxRssKb > 100);
  const killed = startScript("kill -USR1 $$");
  assert.deepEqual(
    [(await death(killed.pid)).exitCode, (await death(killed.pid)).signal],
    [null, 10],
  );
});

test("a signal reaches the process or its whole group, and a dead one is an answer", async () => {
  const child = startScript("sleep 1000 & echo ready; wait");
  await waitFor(child.stdout, "ready");
  assert.equal(spawner.kill(child.pid, 15, "group"), "sent");
  assert.equal((await death(child.pid)).signal, 15);
  assert.equal(await readAll(child.stdout), ""); // ends only when the sleep is gone too
  assert.equal(spawner.kill(child.pid, 0, "process"), "gone");
});

test("pids that would mean everybody are refused", () => {
  for (const pid of [0, -1, 1]) {
    assert.deepEqual(spawner.kill(pid, 0, "group"), { errno: "EINVAL" });
  }
  assert.deepEqual(spawner.kill(0, 0, "process"), { errno: "EINVAL" });
});

test("orphans of programs come to a subreaper and are reaped", async () => {
  assert.equal(posix().becomeSubreaper(), 0);
  const child = startScript("exec 3<&0; cat <&3 >/dev/null 2>&1 & echo $!");
  const orphan = Number((await readAll(child.stdout)).trim());
  await death(child.pid);
  assert.ok(child.stdin !== null);
  pipes.close(child.stdin); // only now does the orphan end, when nobody else can reap it
  assert.equal((await death(orphan)).exitCode, 0);
});
