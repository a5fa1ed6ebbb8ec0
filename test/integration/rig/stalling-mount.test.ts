// The mount that other tests stall: that it is a file system, that it waits, fails and continues when told, and goes away.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
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
