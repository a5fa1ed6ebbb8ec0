// Programs that write faster than anybody reads: their output is moved to the log on another thread, and everything
// that holds for slow programs holds for them. Real programs, pipes and files.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { processKey } from "../../../src/core/base/ids.ts";
import { processTo, stdoutOf, WEB } from "../../fakes/logs-world.ts";
import { closed, directory, mount } from "./disk-rig.ts";
import {
  descriptorsTo,
  digest,
  expected,
  fullPipe,
  grownTo,
  MIB,
  numbered,
  start,
  whole,
} from "./flood-rig.ts";

const OTHER = processKey("web", "other");

test("floods of any block size rotate without losing or repeating a byte", async () => {
  for (const [size, maxBytes] of [
    [777, 300_000],
    [65_537, MIB],
    [200_003, 5 * MIB],
    [1_000_001, 100_000],
  ] as const) {
    const times = Math.ceil(Math.min(24 * MIB, 50 * maxBytes) / size);
    const path = join(directory(), "web.log");
    // As many as all of it needs: each rotation renames every backup that there may be.
    const backups = Math.ceil((size * times) / maxBytes);
    const { run, logs, transfers } = start(path, { maxBytes, backups });
    const { exited } = run([process.execPath, "-e", numbered(size, times)]);
    await exited;
    logs.detach(WEB);
    await logs.flush();
    const { bytes, sizes } = whole(path);
    assert.equal(bytes.length, size * times);
    assert.equal(digest(bytes), digest(expected(size, times)), `blocks of ${size}`);
    for (const part of sizes) {
      assert.ok(part >= maxBytes && part < maxBytes + 128 * 1024, `a file of ${part} bytes`);
    }
    // A program that writes little at a time may be slower than its reader.
    if (size >= 65_536) assert.ok(transfers() > 0, "the flood was noticed");
  }
});

test("formatted floods rotate without losing or repeating a line, and a follower that joins gets all", async () => {
  const path = join(directory(), "web.log");
  const lines = { format: "prefix", time: "none", limit: null } as const;
  const { run, logs, transfers } = start(path, { maxBytes: MIB, backups: 99 }, { lines });
  const count = 3_000_000;
  const { exited } = run(["seq", String(count)]);
  while (transfers() < 2) await new Promise((resolve) => setImmediate(resolve));
  const seen: Buffer[] = [];
  const followed = await logs.follow(stdoutOf(WEB), 0, (bytes) => {
    seen.push(Buffer.from(bytes));
  });
  assert.ok(followed.ok);
  await exited;
  logs.detach(WEB);
  await logs.flush();
  const text = Array.from({ length: count }, (_, n) => `${n + 1}\n`).join("");
  const { bytes, sizes } = whole(path);
  assert.equal(digest(bytes), digest(Buffer.from(text.replace(/^/gm, "web | ").slice(0, -6))));
  for (const part of sizes) assert.ok(part >= MIB && part < MIB + 128 * 1024, `${part} bytes`);
  const offset = followed.value.mark?.offset ?? Number.NaN;
  assert.equal(digest(Buffer.concat(seen)), digest(Buffer.from(text.slice(offset))));
  followed.value.close();
});

test("a flood whose lines have a time loses none while the clock differs from that of the host", async () => {
  const path = join(directory(), "web.log");
  const lines = { format: "prefix", time: "iso", limit: null } as const;
  const { run, logs, transfers } = start(path, {}, { lines });
  const count = 300_000;
  const { exited } = run(["seq", String(count)]);
  await exited;
  logs.detach(WEB);
  await logs.flush();
  assert.ok(transfers() > 0);
  const numbers = fs.readFileSync(path, "utf8").replace(/^\S+ web \| /gm, "");
  const expectedNumbers = Array.from({ length: count }, (_, n) => `${n + 1}\n`).join("");
  assert.equal(digest(Buffer.from(numbers)), digest(Buffer.from(expectedNumbers)));
});

test("a flood costs the event loop a fraction of its chunks", async (t) => {
  const path = join(directory(), "web.log");
  const { run, logs, transfers } = start(path);
  // Of a program that writes meanwhile, the number would depend on who is faster.
  const { fd, bytes } = fullPipe();
  if (bytes < MIB) {
    t.skip("this user may have no large pipes");
    return;
  }
  // Another program has opened the log: only to an open one can output be moved.
  const { exited } = run(["true"], OTHER);
  await logs.flush();
  logs.addProcess(processTo(path));
  await new Promise((ended) => logs.attach(WEB, 1, { stdout: fd, stderr: null }, ended));
  await exited;
  for (const key of [WEB, OTHER]) logs.detach(key);
  await logs.flush();
  assert.equal(fs.statSync(path).size, bytes);
  const chunks = bytes / (64 * 1024);
  assert.ok(transfers() > 0 && transfers() < chunks / 2, `${transfers()} transfers`);
});

test("a program killed amid its flood leaves all it had written, and no descriptor", async () => {
  const path = join(directory(), "web.log");
  const { run, logs, closed: told } = start(path);
  const { program, exited } = run([process.execPath, "-e", numbered(10_007, 1_000_000)]);
  await grownTo(path, 8 * MIB);
  program.kill("SIGKILL");
  await exited;
  logs.detach(WEB);
  await closed(logs);
  const bytes = fs.readFileSync(path);
  const times = Math.ceil(bytes.length / 10_007);
  assert.equal(digest(bytes), digest(expected(10_007, times).subarray(0, bytes.length)));
  assert.equal(told.length, 1, "the closing of the pipe was told");
  assert.equal(descriptorsTo(path), 0);
});

test("a grandchild that floods on does not keep the pipe of a dead program open", async () => {
  const path = join(directory(), "web.log");
  const { run, logs, closed } = start(path);
  const { program, exited } = run(["sh", "-c", "cat /dev/zero & exec sleep 600"]);
  await grownTo(path, 4 * MIB);
  program.kill("SIGKILL");
  await exited;
  logs.detach(WEB);
  await logs.flush();
  // The grandchild dies of SIGPIPE, and the log grows no more.
  assert.equal(closed.length, 1);
});

test("a program writes half a megabyte through a FIFO whose reader starts late", async () => {
  const path = join(directory(), "fifo");
  execFileSync("mkfifo", [path]);
  // Held open for reading and not read from: at first there is a reader who takes nothing.
  const holder = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const { run, logs } = start(path);
  await run(["head", "-c", "512K", "/dev/zero"]).exited;
  const reader = spawn("sh", ["-c", `cat '${path}' | wc -c`], { stdio: ["ignore", "pipe", 2] });
  let counted = "";
  reader.stdout?.on("data", (chunk: Buffer) => (counted += chunk.toString()));
  logs.detach(WEB);
  await logs.flush();
  fs.closeSync(holder);
  await once(reader, "close");
  assert.equal(counted.trim(), String(2 ** 19));
});

test("clear, reopen and follow during a flood come between its turns", async () => {
  const path = join(directory(), "web.log");
  const { run, logs } = start(path);
  const { exited } = run([process.execPath, "-e", numbered(30_011, 4_000)]);
  await grownTo(path, 2 * MIB);
  fs.renameSync(path, `${path}.moved`);
  logs.reopenAll();
  const seen: Buffer[] = [];
  const followed = await logs.follow(
    stdoutOf(WEB),
    0,
    (bytes) => void seen.push(Buffer.from(bytes)),
  );
  assert.ok(followed.ok);
  const received = () => seen.reduce((sum, bytes) => sum + bytes.length, 0);
  while (received() < MIB) await new Promise((resolve) => setImmediate(resolve));
  followed.value.close();
  const part = Buffer.concat(seen);
  const moved = fs.readFileSync(`${path}.moved`);
  assert.deepEqual(await logs.clear(stdoutOf(WEB)), { ok: true, value: true });
  await exited;
  logs.detach(WEB);
  await logs.flush();
  const all = expected(30_011, 4_000);
  assert.equal(digest(moved), digest(all.subarray(0, moved.length)));
  const at = all.indexOf(part.subarray(0, 100_000), moved.length);
  assert.equal(digest(part), digest(all.subarray(at, at + part.length)), "the follower's part");
  const rest = fs.readFileSync(path);
  assert.equal(digest(rest), digest(all.subarray(all.length - rest.length)), "after clear");
});

test("reading during a flood has all that was written before", async () => {
  const path = join(directory(), "web.log");
  const { run, logs } = start(path);
  const { exited } = run([process.execPath, "-e", numbered(30_011, 4_000)]);
  await grownTo(path, 4 * MIB);
  const read = await logs.read(stdoutOf(WEB), 0, 4 * MIB);
  assert.ok(read.ok);
  assert.equal(digest(read.value), digest(expected(30_011, 200).subarray(0, 4 * MIB)));
  await exited;
  logs.detach(WEB);
  await logs.flush();
});

test("two floods into one log keep each other's bytes", async () => {
  const path = join(directory(), "web.log");
  const { run, logs } = start(path, { maxBytes: 5 * MIB, backups: 100 });
  const total = 32 * MIB;
  const a = run(["sh", "-c", `head -c ${total} /dev/zero | tr '\\0' a`]);
  const b = run(["sh", "-c", `head -c ${total} /dev/zero | tr '\\0' b`], OTHER);
  await Promise.all([a.exited, b.exited]);
  logs.detach(WEB);
  logs.detach(OTHER);
  await logs.flush();
  const { bytes } = whole(path);
  assert.equal(bytes.length, 2 * total);
  assert.equal(
    bytes.reduce((sum, byte) => sum + (byte === 0x61 ? 1 : 0), 0),
    total,
  );
});

const needsRoot = {
  skip: process.geteuid?.() === 0 ? false : "needs root, to mount a small file system",
};

test(
  "a disk that fills up during a flood is reported once, and the program continues",
  needsRoot,
  async () => {
    const disk = mount(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
    const path = join(disk, "web.log");
    const { run, logs, activity } = start(path);
    const fifo = join(directory(), "fifo");
    execFileSync("mkfifo", [fifo]);
    const script = `head -c ${32 * MIB} /dev/zero; read line <${fifo}; echo "$line"`;
    const { exited } = run(["sh", "-c", script]);
    // Opened when the program opens its end, so after its flood.
    const signal = await fs.promises.open(fifo, "w");
    const kept = fs.statSync(path).size;
    assert.ok(kept <= 2 * MIB && kept > MIB);
    fs.truncateSync(path);
    await signal.write("room again\n");
    await signal.close();
    await exited;
    logs.detach(WEB);
    await logs.flush();
    await logs.flush();
    assert.equal(activity().match(/ ERRO cannot write log .*ENOSPC/g)?.length, 1);
    const lost = Number(/can be written again; (\d+) bytes were lost/.exec(activity())?.[1]);
    const later = fs.statSync(path).size;
    assert.equal(kept + lost + later, 32 * MIB + "room again\n".length);
  },
);
