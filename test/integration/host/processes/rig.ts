// Starts real programs through the spawner, and waits for their output and death by events alone.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createSpawner } from "../../../../src/host/processes/spawner.ts";
import type { LaunchSpec, Reaped, Spawned, SpawnResult } from "../../../../src/ports/spawner.ts";
import { spawnNow } from "../../../rig/spawn-now.ts";

export const pipes = createPipes();
const scratch = new Uint8Array(65_536);
/** The one of this process. */
export const hostSpawner = createSpawner(pipes);
/** The same, for tests that wait for each verdict. */
export const spawner = {
  ...hostSpawner,
  spawn: (launch: LaunchSpec): SpawnResult => spawnNow(hostSpawner, launch),
};
export const isRoot = process.geteuid?.() === 0;
export const needsRoot = isRoot ? false : "needs root";

const deaths = new Map<number, Reaped>();
const waiting = new Map<number, (death: Reaped) => void>();

process.on("SIGCHLD", () => {
  for (const death of spawner.reap()) {
    deaths.set(death.pid, death);
    waiting.get(death.pid)?.(death);
  }
});

/** A spec for `argv` with nothing special about it. */
export function spec(
  argv: readonly string[],
  { file = argv[0] ?? "", ...changes }: Partial<LaunchSpec> & { readonly file?: string } = {},
): LaunchSpec {
  return {
    candidates: [{ path: "", file, shown: file }],
    argv,
    env: ["PATH=/usr/bin:/bin"],
    cwd: "/",
    umask: 0o22,
    user: null,
    softFileLimit: 1024,
    redirectStderr: false,
    stdinFd: null,
    tty: false,
    ...changes,
  };
}

/** Starts a shell script, which must succeed. */
export function startScript(script: string, changes: Partial<LaunchSpec> = {}): Spawned {
  const result = spawner.spawn(spec(["/bin/sh", "-c", script], changes));
  if (!result.ok) throw new Error(`${result.error.stage}: ${result.error.errno}`);
  return result.value;
}

/** The record of a child's death, whenever that is. */
export async function death(pid: number): Promise<Reaped> {
  const already = deaths.get(pid);
  if (already !== undefined) return already;
  const keepAlive = setInterval(() => {}, 2 ** 30); // the SIGCHLD handler alone does not keep the event loop running
  try {
    return await new Promise((resolve) => waiting.set(pid, resolve));
  } finally {
    clearInterval(keepAlive);
  }
}

/** Everything that comes from a pipe until its end. */
export async function readAll(fd: number | null): Promise<string> {
  if (fd === null) return "";
  const parts: Buffer[] = [];
  await new Promise<void>((resolve) => {
    pipes.watch(fd, "read", {
      readable() {
        const count = pipes.read(fd, scratch);
        if (typeof count === "number") parts.push(Buffer.from(scratch.subarray(0, count)));
        if (count !== "end") return;
        pipes.close(fd);
        resolve();
      },
    });
  });
  return Buffer.concat(parts).toString();
}

/** Resolves when `fd` has delivered `text`; continues reading afterwards only when asked again. */
export async function waitFor(fd: number, text: string): Promise<void> {
  let seen = "";
  await new Promise<void>((resolve, reject) => {
    pipes.watch(fd, "read", {
      readable() {
        const count = pipes.read(fd, scratch);
        if (count === "end") reject(new Error(`ended after ${JSON.stringify(seen)}`));
        if (typeof count !== "number") return;
        seen += Buffer.from(scratch.subarray(0, count)).toString();
        if (!seen.includes(text)) return;
        pipes.unwatch(fd);
        resolve();
      },
    });
  });
}

/** Output of a script that is run to its end. */
export async function outputOf(script: string, changes: Partial<LaunchSpec> = {}): Promise<string> {
  const child = startScript(script, changes);
  const [text] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    death(child.pid),
  ]);
  if (child.stdin !== null) pipes.close(child.stdin);
  return text;
}

/** A directory of the test's own, removed after it. */
export function scratchDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "tsv-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
