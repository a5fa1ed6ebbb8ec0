// Real programs on a real pseudo-terminal: their environment, output and keys.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import type { LaunchSpec, Spawned } from "../../../../src/ports/spawner.ts";
import { withoutPty } from "./pty-rig.ts";
import { death, isRoot, pipes, readAll, spawner, spec, startScript, waitFor } from "./rig.ts";

const skip = withoutPty();
const ENCODER = new TextEncoder();

function onTerminal(script: string, changes: Partial<LaunchSpec> = {}): Spawned {
  return startScript(script, { tty: true, redirectStderr: true, ...changes });
}

function type(child: Spawned, keys: string): void {
  assert.ok(child.stdin !== null);
  const bytes = ENCODER.encode(keys);
  assert.equal(pipes.write(child.stdin, bytes), bytes.length);
}

/** Its output without carriage returns, to the end. */
async function outputOf(script: string, changes: Partial<LaunchSpec> = {}): Promise<string> {
  const child = onTerminal(script, changes);
  const text = await readAll(child.stdout);
  await death(child.pid);
  if (child.stdin !== null) pipes.close(child.stdin);
  return text.replaceAll("\r\n", "\n");
}

test("stdin, stdout and stderr are one terminal of 24 lines and 80 columns", { skip }, async () => {
  const text = await outputOf("tty; tty <&1; tty <&2; stty size");
  const [first = "", second, third, size] = text.split("\n");
  assert.match(first, /^\/dev\/pts\/\d+$/);
  assert.deepEqual([second, third, size], [first, first, "24 80"]);
});

test("the program leads a session that the terminal controls", { skip }, async () => {
  const fields = (await outputOf("exec cat /proc/self/stat")).split(" ");
  const [pid, , , , group, session, terminal, foreground] = fields;
  assert.deepEqual([group, session, foreground], [pid, pid, pid]);
  assert.notEqual(terminal, "0");
});

test("it inherits nothing but the terminal, which blocks as programs expect", {
  skip,
}, async () => {
  assert.deepEqual((await outputOf("exec ls /proc/self/fd")).split(/\s+/), [
    "0",
    "1",
    "2",
    "3",
    "",
  ]);
  const flags = Number.parseInt(
    /flags:\s+(\d+)/.exec(await outputOf("cat /proc/self/fdinfo/1"))?.[1] ?? "",
    8,
  );
  assert.equal(flags & 0o4000, 0, "O_NONBLOCK");
});

test("backspace takes whole characters away", { skip }, async () => {
  const child = onTerminal("stty -echo; echo ready; read line; echo got $line");
  await waitFor(child.stdout, "ready");
  type(child, "a\u20ac\x7fb\r");
  assert.match(await readAll(child.stdout), /got ab\r\n/);
  if (child.stdin !== null) pipes.close(child.stdin);
});

test("it belongs to the user that the program runs as, and only tty may write to it", {
  skip: skip === false && !isRoot ? "needs root" : skip,
}, async () => {
  const user = { uid: 65_534, gid: 65_534, groups: [65_534] };
  const text = await outputOf('stat -c "%u %a" "$(tty)"; echo again >"$(tty)"', { user });
  assert.equal(text, "65534 620\nagain\n");
});

test("all output is there when the program is dead, however late it is read", {
  skip,
}, async () => {
  const child = onTerminal("seq 1 8000; echo last");
  await waitFor(child.stdout, "5000\r\n"); // the rest fills what the kernel holds, or ends there
  const rest = await readAll(child.stdout);
  assert.ok(rest.endsWith("8000\r\nlast\r\n"), rest.slice(-40));
  await death(child.pid);
  if (child.stdin !== null) pipes.close(child.stdin);
});

test("Ctrl-C at the terminal interrupts the program", { skip }, async () => {
  const child = onTerminal("echo ready; exec sleep 1000");
  await waitFor(child.stdout, "ready");
  type(child, "\x03");
  assert.equal((await death(child.pid)).signal, 2);
  assert.match(await readAll(child.stdout), /\^C/);
  if (child.stdin !== null) pipes.close(child.stdin);
});

test("a change of size reaches the program as SIGWINCH", { skip }, async () => {
  const child = onTerminal(
    "trap 'stty size; kill $!; exit 0' WINCH; sleep 1000 & echo ready; wait",
  );
  await waitFor(child.stdout, "ready");
  assert.ok(child.stdin !== null);
  assert.equal(spawner.resize(child.stdin, { rows: 50, columns: 132 }), null);
  assert.match(await readAll(child.stdout), /50 132\r\n/);
  assert.equal(spawner.resize(9999, { rows: 1, columns: 1 }), "EBADF");
  pipes.close(child.stdin);
});

test("a program whose terminal is closed on our side is hung up", { skip }, async () => {
  const child = onTerminal("echo ready; exec sleep 1000");
  await waitFor(child.stdout, "ready");
  pipes.close(child.stdout);
  if (child.stdin !== null) pipes.close(child.stdin);
  assert.equal((await death(child.pid)).signal, 1);
});

test("a start that fails is reported as ever, and leaves nothing open", { skip }, async () => {
  await outputOf("true"); // node-pty is loaded now
  const before = readdirSync("/proc/self/fd").length;
  const result = spawner.spawn(spec(["/nonexistent"], { tty: true, redirectStderr: true }));
  assert.deepEqual(result, { ok: false, error: { stage: "exec", errno: "ENOENT" } });
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("without descriptors left nothing stays open, whichever of them was the last", {
  skip,
}, async () => {
  await outputOf("true");
  const limit = posix().getLimit(posix().limits.nofile);
  assert.ok(typeof limit !== "number");
  const open = readdirSync("/proc/self/fd").length;
  const stages = [-2, -1, 0, 1, 2].map((more) => {
    posix().setLimit(posix().limits.nofile, open - 1 + more, limit.hard);
    const result = spawner.spawn(spec(["/bin/true"], { tty: true, redirectStderr: true }));
    posix().setLimit(posix().limits.nofile, limit.soft, limit.hard);
    assert.equal(readdirSync("/proc/self/fd").length, open);
    return result.ok ? "started" : result.error.stage;
  });
  for (const stage of stages) assert.match(stage, /^(?:terminal|pipe)$/);
});
