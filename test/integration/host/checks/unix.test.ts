// Checks of unix sockets.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { HostCheck } from "../../../../src/ports/checker.ts";
import { mountStalling, withoutStallingMount } from "../../../rig/stalling-mount.ts";
import { ask, hanging, temporaryDirectory } from "./rig.ts";

test("unix: a socket passes; refused, missing and too long ones say so", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "s");
  const unix = (name: string): HostCheck => ({ kind: "unix", path: join(directory, name) });
  await using rig = hanging();
  await rig.listenUnix(path);
  assert.deepEqual(await ask(unix("s")), { ok: true, text: "connected" });
  assert.equal((await ask(unix("none"))).text, "no such socket");
  assert.equal((await ask(unix("none/at/all"))).text, "no such socket");
  writeFileSync(join(directory, "file"), "");
  assert.equal((await ask(unix("file"))).text, "connection refused");
  assert.equal((await ask(unix("x".repeat(120)))).text, "socket path too long");
});

test("unix: a socket of another user that forbids it", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root to be another user");
    return;
  }
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o755);
  const path = join(directory, "s");
  await using rig = hanging();
  await rig.listenUnix(path);
  chmodSync(path, 0o600);
  assert.equal((await ask({ kind: "unix", path })).ok, true);
  process.seteuid?.(65_534);
  try {
    const denied = await ask({ kind: "unix", path });
    assert.deepEqual(denied, { ok: false, text: "permission denied" });
  } finally {
    process.seteuid?.(0);
  }
});

test("unix: a full queue of connections does not hold up a check", async (t) => {
  const path = join(temporaryDirectory(t), "s");
  // A listener that accepts nothing: Node accepts at once, so another program has to listen.
  const script = `import socket,sys
s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(0); print("ready",flush=True); sys.stdin.read()`;
  const program = spawn("python3", ["-c", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(program.stdout, "data");
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => ask({ kind: "unix", path })));
  program.stdin.end();
  await once(program, "exit");
  assert.ok(outcomes.some(({ ok }) => ok));
  const texts = outcomes.filter(({ ok }) => !ok).map(({ text }) => text);
  for (const text of texts) assert.equal(text, "the queue of the socket is full");
});

test("unix: a file system that does not answer holds up nothing", {
  skip: withoutStallingMount(),
}, async (t) => {
  const directory = temporaryDirectory(t);
  const mount = await mountStalling({ t });
  await using rig = hanging();
  await rig.listenUnix(join(directory, "s"));
  const stalled: HostCheck = { kind: "unix", path: join(mount.path, "s") };
  await mount.stall();
  const before = performance.now();
  const late = Array.from({ length: 100 }, () => ask(stalled, 3000));
  assert.equal((await ask({ kind: "unix", path: join(directory, "s") }, 2000)).ok, true);
  for (const { text } of await Promise.all(late)) {
    assert.equal(text, "no answer from the file system within 3s");
  }
  // Together, not one after the other.
  assert.ok(performance.now() - before < 60_000);
  await mount.release();
  assert.equal((await ask(stalled)).text, "no such socket");
});
