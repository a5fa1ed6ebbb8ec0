// Programs that flood, for tests: real processes and pipes, real files, and the transfers counted.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { posix } from "../../../src/host/posix.ts";
import { createPipes } from "../../../src/host/processes/pipes.ts";
import type { LoggedProcess } from "../../../src/services/logs/api.ts";
import { processTo, WEB, worldOn } from "../../fakes/logs-world.ts";
import { directory } from "./disk-rig.ts";

const pipes = createPipes();
export const MIB = 1 << 20;
/** fcntl(2). */
const F_SETPIPE_SZ = 1031;
/** Writes numbered blocks of `size` bytes, `times` times, in single writes. */
export function numbered(size: number, times: number): string {
  return `
    const fs = require("node:fs");
    for (let n = 0; n < ${times}; n++) {
      let block = Buffer.alloc(${size}, String(n) + ".");
      while (block.length > 0) block = block.subarray(fs.writeSync(1, block));
    }`;
}

/** What `numbered` writes. */
export function expected(size: number, times: number): Buffer {
  return Buffer.concat(
    Array.from({ length: times }, (_, n) => Buffer.alloc(size, `${String(n)}.`)),
  );
}

/** For messages shorter than megabytes. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

/** How many descriptors of ours lead to a path. */
export function descriptorsTo(path: string): number {
  let found = 0;
  for (const fd of fs.readdirSync("/proc/self/fd")) {
    try {
      if (fs.readlinkSync(`/proc/self/fd/${fd}`) === path) found += 1;
    } catch {
      // The one that reads the directory is gone by now.
    }
  }
  return found;
}

export interface Flood {
  readonly program: ChildProcess;
  /** Listened for from the start: it may be over while the test does other things. */
  readonly exited: Promise<unknown[]>;
}

/** The reading end of a large pipe that is full and has no writer any more. */
export function fullPipe(): { readonly fd: number; readonly bytes: number } {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  for (const fd of ends) posix().setNonblocking(fd);
  const enlarge = `import fcntl; fcntl.fcntl(0, ${F_SETPIPE_SZ}, ${MIB})`;
  // A user who may have no large pipes keeps a small one.
  spawnSync("python3", ["-c", enlarge], { stdio: [ends[0], "ignore", "ignore"] });
  const bytes = posix().write(ends[1], new Uint8Array(MIB));
  fs.closeSync(ends[1]);
  return { fd: ends[0], bytes };
}

/** Logs on real files and pipes, and the transfers that were done. */
export function start(
  path: string,
  more: Parameters<typeof processTo>[1] = {},
  process: Partial<LoggedProcess> = {},
) {
  const home = directory();
  const mainLog = join(home, "main.log");
  const files = createLogFiles();
  let transfers = 0;
  const counting: typeof files = {
    ...files,
    transfer: (order) => {
      transfers += 1;
      return files.transfer(order);
    },
  };
  const world = worldOn(counting, pipes, { mainLog, directory: home });
  const closed: number[] = [];
  const run = (command: readonly string[], key = WEB): Flood => {
    world.logs.addProcess({ ...processTo(path, more, key), ...process });
    const ends = posix().pipe();
    assert.ok(typeof ends !== "number");
    posix().setNonblocking(ends[0]);
    const [file = "", ...args] = command;
    const program = spawn(file, args, { stdio: ["ignore", ends[1], 2] });
    fs.closeSync(ends[1]);
    world.logs.attach(key, 1, { stdout: ends[0], stderr: null }, (fd) => closed.push(fd));
    return { program, exited: once(program, "exit") };
  };
  const activity = () => fs.readFileSync(mainLog, "utf8");
  return { ...world, run, activity, closed, transfers: () => transfers };
}

/** What the log and its backups hold, oldest first. */
export function whole(path: string): { readonly bytes: Buffer; readonly sizes: readonly number[] } {
  const parts: Buffer[] = [];
  for (let n = 1; fs.existsSync(`${path}.${n}`); n += 1)
    parts.unshift(fs.readFileSync(`${path}.${n}`));
  const sizes = parts.map((part) => part.length);
  return { bytes: Buffer.concat([...parts, fs.readFileSync(path)]), sizes };
}

/** Waits until a file has so many bytes. */
export async function grownTo(path: string, bytes: number): Promise<void> {
  while (!fs.existsSync(path) || fs.statSync(path).size < bytes) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
