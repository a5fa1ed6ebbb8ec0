// The watcher on real pipes: announcements, closing meanwhile, back-pressure, and silence.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { posix } from "../../../../src/host/posix.ts";
import { death, pipes, readAll, startScript, waitFor } from "./rig.ts";

function makePipe(): { read: number; write: number } {
  const pair = posix().pipe();
  assert.ok(typeof pair !== "number");
  const [read, write] = pair;
  posix().setNonblocking(read);
  posix().setNonblocking(write);
  return { read, write };
}

const scratch = new Uint8Array(65_536);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Turns of the event loop in which anything that is ready is announced. */
async function announced(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("an empty pipe is empty, a pipe without writers is at its end", () => {
  const { read, write } = makePipe();
  assert.equal(pipes.read(read, scratch), "empty");
  pipes.close(write);
  assert.equal(pipes.read(read, scratch), "end");
  pipes.close(read);
});

test("a pipe without readers is closed to writing", () => {
  const { read, write } = makePipe();
  pipes.close(read);
  assert.equal(pipes.write(write, bytes("x")), "closed");
  pipes.close(write);
});

test("a full pipe takes nothing, and is announced when there is room again", async () => {
  const { read, write } = makePipe();
  const block = new Uint8Array(1 << 20);
  assert.equal(pipes.write(write, block), 65_536);
  assert.equal(pipes.write(write, block), 0);
  const roomy = new Promise<number>((resolve) => {
    pipes.watch(write, "write", {
      writable(fd) {
        pipes.unwatch(fd);
        resolve(fd);
      },
    });
  });
  await announced();
  assert.equal(pipes.read(read, scratch), 65_536);
  assert.equal(await roomy, write);
  pipes.close(read);
  pipes.close(write);
});

test("unread data is announced again", async () => {
  const { read, write } = makePipe();
  pipes.write(write, bytes("abc"));
  let text = "";
  await new Promise<void>((resolve) => {
    pipes.watch(read, "read", {
      readable() {
        const count = pipes.read(read, scratch.subarray(0, 1));
        if (typeof count === "number") text += String.fromCharCode(scratch[0] ?? 0);
        if (text.length === 3) resolve();
      },
    });
  });
  assert.equal(text, "abc");
  pipes.close(read);
  pipes.close(write);
});

test("a pipe that was closed by another's handler is not announced, nor is the one that took its number", async () => {
  const pairs = [makePipe(), makePipe()] as const;
  for (const { write } of pairs) pipes.write(write, bytes("x"));
  const heard: string[] = [];
  let successor: { read: number; write: number } | null = null;
  for (const [index, { read }] of pairs.entries()) {
    pipes.watch(read, "read", {
      readable() {
        heard.push(`pipe ${index}`);
        const other = pairs[1 - index];
        pipes.unwatch(read);
        if (other === undefined) return;
        pipes.close(other.read);
        successor = makePipe(); // takes the lowest free number: the one that was just closed
        assert.equal(successor.read, other.read);
        pipes.watch(successor.read, "read", { readable: () => heard.push("successor") });
      },
    });
  }
  await announced();
  assert.equal(heard.length, 1);
  assert.ok(successor !== null);
  for (const { read, write } of [successor as { read: number; write: number }]) {
    pipes.close(read);
    pipes.close(write);
  }
  for (const { write } of pairs) pipes.close(write);
  pipes.close(pairs[heard[0] === "pipe 0" ? 0 : 1].read);
});

test("output of many chatty programs arrives whole and in order", async () => {
  const script = 'i=0; while [ $i -lt 50 ]; do echo "line $i"; i=$((i+1)); done';
  const expected = Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join("");
  const children = Array.from({ length: 20 }, () => startScript(script));
  const outputs = await Promise.all(children.map(({ stdout }) => readAll(stdout)));
  for (const output of outputs) assert.equal(output, expected);
  for (const { pid, stdin, stderr } of children) {
    await death(pid);
    if (stdin !== null) pipes.close(stdin);
    if (stderr !== null) pipes.close(stderr);
  }
});

test("a conversation is not slowed by the gathering of chatter", async (t) => {
  const child = startScript("while read -r line; do echo answer; done");
  assert.ok(child.stdin !== null);
  // Without any other pipe there would be nothing to gather.
  const silent = makePipe();
  pipes.watch(silent.read, "read", {});
  // Gathering is waiting for a timer, and how long an answer takes is the machine's business.
  const timers = t.mock.method(globalThis, "setTimeout");
  for (let i = 0; i < 100; i++) {
    pipes.write(child.stdin, bytes("question\n"));
    await waitFor(child.stdout, "answer");
  }
  const gathered = timers.mock.callCount();
  pipes.close(child.stdin);
  await readAll(child.stdout);
  for (const fd of [silent.read, silent.write]) pipes.close(fd);
  assert.equal(gathered, 0);
});

/** Whether a process's main thread waits for descriptors, and for no point in time. */
function sleepsForEver(pid: number): boolean {
  // The system call in which it is, and its arguments: of epoll_pwait the fourth is the timeout, an int.
  const [, , , , timeout] = readFileSync(`/proc/${pid}/syscall`, "utf8").split(" ");
  const isPolling = readFileSync(`/proc/${pid}/wchan`, "utf8").includes("poll");
  return isPolling && Number.parseInt(timeout?.slice(-8) ?? "", 16) === 0xffffffff;
}

test("silent pipes cause no wake-ups", async (t) => {
  const main = fileURLToPath(new URL("./silent-main.js", import.meta.url));
  const child = spawn(process.execPath, [main], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => void child.kill());
  await once(child.stdout, "data");
  // The kernel does not report that a process sleeps, so the test polls.
  while (!sleepsForEver(Number(child.pid))) {
    assert.equal(child.exitCode, null);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("a handler that throws loses no other pipe's data", async () => {
  const [bad, good] = [makePipe(), makePipe()];
  // Before node:test's own listener, which would blame this test for it.
  const thrown = new Promise<unknown>((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve);
  });
  pipes.watch(bad.read, "read", {
    readable(fd) {
      pipes.unwatch(fd);
      throw new Error("a handler's mistake");
    },
  });
  pipes.write(bad.write, bytes("x"));
  pipes.write(good.write, bytes("y"));
  const heard = waitFor(good.read, "y");
  assert.match(String(await thrown), /a handler's mistake/);
  process.setUncaughtExceptionCaptureCallback(null);
  await heard;
  for (const { read, write } of [bad, good]) {
    pipes.close(read);
    pipes.close(write);
  }
});
