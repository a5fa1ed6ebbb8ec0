// Logs of one program on real files, in directories that go when the tests are over.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import type { LogsApi } from "../../../src/services/logs/api.ts";
import { processTo, WEB, worldOn } from "../../fakes/logs-world.ts";
import { FakePipes } from "../../fakes/pipes.ts";

const base = fs.mkdtempSync(join(tmpdir(), "tsv-logs-"));
fs.chmodSync(base, 0o755);
const mounts: string[] = [];
after(() => {
  // Lazily: another process of this host may be using it.
  for (const path of mounts) execFileSync("umount", ["-l", path]);
  fs.rmSync(base, { recursive: true });
});

/** The descriptor that the program's stdout comes from. */
export const FD = 1007;
let count = 0;

/** A new empty directory. */
export function directory(): string {
  count += 1;
  const path = join(base, `d${count}`);
  fs.mkdirSync(path);
  return path;
}

/** A new file system. @param options of mount(8), all but the place */
export function mount(options: readonly string[]): string {
  const path = directory();
  execFileSync("mount", [...options, path]);
  mounts.push(path);
  return path;
}

/** Waits until logs without a writer are closed, which happens after everything that `flush` waits for. */
export async function closed(logs: Pick<LogsApi, "flush">): Promise<void> {
  await logs.flush();
  // By then the closing has begun, and what is waited for next comes after it.
  await new Promise((resolve) => setImmediate(resolve));
  await logs.flush();
}

/** A program whose stdout is logged to `path`, and what the daemon says of it. */
export function start(
  path: string,
  more: Parameters<typeof processTo>[1] = {},
  makesLogDirs = false,
) {
  const home = directory();
  const mainLog = join(home, "main.log");
  const world = worldOn(createLogFiles(), new FakePipes(), { mainLog, directory: home });
  world.logs.addProcess({ ...processTo(path, more), makesLogDirs });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  const activity = () => fs.readFileSync(mainLog, "utf8");
  /** The second round is for what the first made the activity log say. */
  const settle = async () => {
    await world.logs.flush();
    await world.logs.flush();
  };
  return { ...world, activity, settle, home };
}
