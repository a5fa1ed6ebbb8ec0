// However a run with hosts ends, no process, mount, cgroup or directory of it stays, and nothing of others goes with it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until, within } from "../rig/wait.ts";
import { makeHost } from "./rig/host.ts";
import { withoutHosts } from "./rig/requirements.ts";
import { currentRun, tracesOf } from "./rig/runs.ts";

const HELD_HOST = join(dirname(fileURLToPath(import.meta.url)), "rig/held-host.js");
const skip = withoutHosts();

/** Starts a program that holds a booted host. */
async function holdHost(
  t: TestContext,
): Promise<{ run: string; end(signal: NodeJS.Signals): Promise<void> }> {
  const child = spawn(process.execPath, [HELD_HOST], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  t.after(() => child.kill("SIGTERM"));
  const first = Promise.race([once(createInterface(child.stdout), "line"), ended]);
  const [run] = (await within(first, { what: "a held host", timeoutMs: 300_000 })) as [string];
  return {
    run,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

test("a run that is ended by a signal leaves nothing", { skip }, async (t) => {
  const held = await holdHost(t);
  const kinds = new Set(tracesOf(held.run).map((trace) => trace.split(" ")[0]));
  assert.deepEqual([...kinds].sort(), ["cgroup", "directory", "mount", "process"]);
  await held.end("SIGTERM");
  assert.deepEqual(tracesOf(held.run), []);
});

test("a run that is killed takes its processes with it, and the next run removes the rest, and nothing of others", {
  skip,
}, async (t) => {
  const other = await holdHost(t);
  const traces = tracesOf(other.run);
  const killed = await holdHost(t);
  await killed.end("SIGKILL");
  // The kernel ends the processes in its own time.
  await until(() => !tracesOf(killed.run).some((trace) => trace.startsWith("process")), {
    what: "the end of the killed host",
  });
  assert.notDeepEqual(tracesOf(killed.run), []);
  const next = await holdHost(t);
  assert.deepEqual(tracesOf(killed.run), []);
  assert.deepEqual(tracesOf(other.run), traces);
  for (const held of [next, other]) await held.end("SIGTERM");
});

test("a disposed host leaves nothing, booted or not, and disposing twice does no harm", {
  skip,
}, async () => {
  const host = await makeHost("s6");
  await host.boot();
  const { name, directory } = currentRun();
  host.dispose();
  host.dispose();
  assert.deepEqual(readdirSync(directory), ["owner"]);
  assert.deepEqual(tracesOf(`${name}-`), []);
});

test("foreign mounts in a host's directory stay, and the host reports them", {
  skip,
}, async () => {
  const host = await makeHost("s6");
  const place = join(dirname(host.root), "foreign");
  mkdirSync(place);
  execFileSync("mount", ["-t", "tmpfs", "foreign", place]);
  try {
    assert.throws(() => host.dispose(), /foreign \(tmpfs\) is not a host's; left alone/);
  } finally {
    execFileSync("umount", [place]);
    host.dispose();
  }
});
