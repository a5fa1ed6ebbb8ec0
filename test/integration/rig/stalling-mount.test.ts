// The mount that other tests stall: that it is a file system, that it waits, fails and continues when told, and goes away.

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { mountStalling, withoutStallingMount } from "../../rig/stalling-mount.ts";

function stalling(name: string, body: (t: TestContext) => Promise<void>): void {
  void test(name, { skip: withoutStallingMount(), timeout: 60_000 }, body);
}

/** Runs a command that may wait for the mount; this process must not. */
function start(...argv: readonly string[]): ChildProcess {
  const [file = "", ...args] = argv;
  return spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
}

async function ended(child: ChildProcess): Promise<number | string> {
  const [status, signal] = await once(child, "exit");
  return status ?? signal;
}

stalling("files are written, read, renamed, linked, truncated and removed", async (t) => {
  const { path, backing } = await mountStalling({ t });
  const script = `set -e
    cd '${path}'
    mkdir a; echo hello >a/x; echo world >>a/x; mv a/x y; ln -s y link; ln y hard; mkfifo pipe
    cat link; stat -c %h y; ls; test -p pipe; truncate -s 3 y; cat y; echo
    rm hard; rmdir a; chmod 640 y; chown nobody y; stat -c '%a %U' y; df . | tail -1 | awk '{print $6}'
    dd if=/dev/zero of=big bs=1M count=3 2>/dev/null; cmp big '${backing}/big'; stat -c %s big`;
  const out = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  assert.equal(out, `hello\nworld\n2\na\nhard\nlink\npipe\ny\nhel\n640 nobody\n${path}\n3145728\n`);
  assert.equal(fs.readFileSync(join(backing, "y"), "utf8"), "hel");
});

stalling("programs are executed from it, also by other users", async (t) => {
  const { path, backing } = await mountStalling({ t });
  fs.copyFileSync("/bin/true", join(backing, "true"));
  fs.chmodSync(join(backing, "true"), 0o755);
  assert.equal(await ended(start(join(path, "true"))), 0);
  const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  assert.equal(await ended(start(...asNobody, join(path, "true"))), 0);
});

stalling("what is stalled waits until it is released", async (t) => {
  const mount = await mountStalling({ t });
  fs.writeFileSync(join(mount.backing, "x"), "text");
  await mount.stall("open");
  const cat = start("cat", join(mount.path, "x"));
  const end = ended(cat);
  await mount.stalled("open", "x");
  assert.equal(fs.statSync(join(mount.path, "x")).size, 4, "others are served");
  assert.equal(cat.exitCode, null);
  await mount.release();
  assert.equal(await end, 0);
});

stalling("a flush that is stalled holds up a close", async (t) => {
  const mount = await mountStalling({ t });
  await mount.stallBelow("log", "flush");
  const script = 'exec 3>"$0/log"; exec 4>"$0/other"; exec 4>&-; exec 3>&-';
  const end = ended(start("/bin/sh", "-c", script, mount.path));
  await mount.stalled("flush", "log");
  await mount.release();
  assert.equal(await end, 0);
});

stalling("what waits can be killed, but not by a signal that it handles", async (t) => {
  const mount = await mountStalling({ t });
  await mount.stall("lookup");
  const python = `import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: None)
os.stat(sys.argv[1])`;
  const child = start("python3", "-c", python, join(mount.path, "x"));
  const end = ended(child);
  await mount.stalled("lookup", "x");
  child.kill("SIGUSR1");
  child.kill("SIGKILL");
  assert.equal(await end, "SIGKILL");
});

stalling("what waits on a deaf mount cannot be killed before it is gone", async (t) => {
  const mount = await mountStalling({ t, deaf: true });
  await mount.stall("lookup");
  const child = start("stat", join(mount.path, "x"));
  const end = ended(child);
  await mount.stalled("lookup", "x");
  child.kill("SIGKILL");
  const state = (): string | undefined =>
    /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
  // The signal wakes it once, and it continues waiting.
  while (state() === "R") await new Promise(setImmediate);
  assert.ok(["D", "S"].includes(state() ?? ""), state());
  await mount.unmount();
  assert.equal(await end, "SIGKILL");
});

stalling("operations fail with the errno asked for, below the path asked for", async (t) => {
  const mount = await mountStalling({ t });
  fs.writeFileSync(join(mount.backing, "a"), "");
  fs.writeFileSync(join(mount.backing, "b"), "");
  await mount.fail("write", "ENOSPC", "a");
  assert.throws(() => fs.appendFileSync(join(mount.path, "a"), "x"), { code: "ENOSPC" });
  fs.appendFileSync(join(mount.path, "b"), "x");
  await mount.release();
  fs.appendFileSync(join(mount.path, "a"), "x");
  assert.equal(fs.readFileSync(join(mount.backing, "a"), "utf8"), "x");
});

stalling("delayed operations are answered later", async (t) => {
  const mount = await mountStalling({ t });
  await mount.delay("mkdir", 150);
  const before = performance.now();
  fs.mkdirSync(join(mount.path, "d"));
  assert.ok(performance.now() - before >= 149);
});

stalling("no mount is left behind by a test process that is killed", async (t) => {
  const module = new URL("../../rig/stalling-mount.js", import.meta.url).href;
  const script = `const { mountStalling } = await import(${JSON.stringify(module)});
    const mount = await mountStalling();
    await mount.stall();
    process.stdout.write(mount.path);
    setInterval(() => {}, 1000);`;
  const child = start(process.execPath, "--input-type=module", "-e", script);
  const [path] = (await once(child.stdout ?? child, "data")) as [Buffer];
  t.after(() => fs.rmSync(join(String(path), ".."), { recursive: true, force: true }));
  const victim = start("stat", `${String(path)}/x`);
  child.kill("SIGKILL");
  assert.equal(typeof (await ended(victim)), "number", "the end of the mount ends the wait");
  const watcher = start("sh", "-c", `while grep -q ' ${String(path)} ' /proc/mounts; do :; done`);
  assert.equal(await ended(watcher), 0);
});
