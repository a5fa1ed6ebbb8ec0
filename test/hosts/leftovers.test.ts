// However a run with hosts ends, no process, mount, cgroup or directory of it stays, and nothing of others goes with it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cgroupsNamed } from "./rig/cgroups.ts";
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
  const [run] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(() => {
      throw new Error("it ended before it had a host");
    }),
  ])) as [string];
  return {
    run,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

const EVENTS = "cgroup.events";

/** Waits until a cgroup has no process any more: the kernel tells. */
function emptied(events: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(events);
    const look = (): void => {
      if (!readFileSync(events, "utf8").includes("populated 0")) return;
      watcher.close();
      resolve();
    };
    watcher.on("change", look);
    look();
  });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`a run that is ended by ${signal} leaves nothing`, { skip }, async (t) => {
    const held = await holdHost(t);
    const kinds = new Set(tracesOf(held.run).map((trace) => trace.split(" ")[0]));
    assert.deepEqual([...kinds].sort(), ["cgroup", "directory", "mount", "process"]);
    await held.end(signal);
    assert.deepEqual(tracesOf(held.run), []);
  });
}

test("a run that is killed takes its processes with it, and the next run removes the rest", {
  skip,
}, async (t) => {
  const killed = await holdHost(t);
  const cgroup = cgroupsNamed(`${killed.run}-`).find((path) => existsSync(join(path, EVENTS)));
  assert.ok(cgroup !== undefined);
  const gone = emptied(join(cgroup, EVENTS));
  await killed.end("SIGKILL");
  await gone;
  assert.notDeepEqual(tracesOf(killed.run), []);
  const next = await holdHost(t);
  assert.deepEqual(tracesOf(killed.run), []);
  await next.end("SIGTERM");
});

test("a run in progress is not disturbed by the next run", { skip }, async (t) => {
  const first = await holdHost(t);
  const traces = tracesOf(first.run);
  const second = await holdHost(t);
  assert.deepEqual(tracesOf(first.run), traces);
  await second.end("SIGTERM");
  await first.end("SIGTERM");
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
    assert.throws(
      () => host.dispose(),
      /foreign \(tmpfs from foreign\) was not mounted by .*alone/,
    );
  } finally {
    execFileSync("umount", [place]);
    host.dispose();
  }
});
