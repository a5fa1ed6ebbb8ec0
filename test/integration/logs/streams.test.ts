// Logs that are streams, with real pipes: no room is waited for without holding up the event loop.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { posix } from "../../../src/host/posix.ts";
import { createPipes } from "../../../src/host/processes/pipes.ts";
import { processTo, WEB, worldOn } from "../../fakes/logs-world.ts";

const base = fs.mkdtempSync(join(tmpdir(), "tsv-logs-"));
after(() => fs.rmSync(base, { recursive: true }));
const pipes = createPipes();

/** A program's pipe: the end for the logs, the end for the program. */
function pipe(): readonly [number, number] {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  posix().setNonblocking(ends[0]);
  return ends;
}

test("a program writes half a megabyte through a FIFO whose reader starts late", async () => {
  const path = join(base, "fifo");
  execFileSync("mkfifo", [path]);
  // Held open for reading and not read from: at first there is a reader who takes nothing.
  const holder = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const world = worldOn(createLogFiles(), pipes, { mainLog: join(base, "main.log") });
  world.logs.addProcess(processTo(path));
  const [read, write] = pipe();
  world.logs.attach(WEB, 1, { stdout: read, stderr: null });
  const program = spawn("head", ["-c", "512K", "/dev/zero"], { stdio: ["ignore", write, 2] });
  fs.closeSync(write);
  await once(program, "exit");
  const reader = spawn("sh", ["-c", `cat '${path}' | wc -c`], { stdio: ["ignore", "pipe", 2] });
  let counted = "";
  reader.stdout?.on("data", (chunk: Buffer) => (counted += chunk.toString()));
  world.logs.detach(WEB);
  await world.logs.flush();
  fs.closeSync(holder);
  await once(reader, "close");
  assert.equal(counted.trim(), String(2 ** 19));
});
