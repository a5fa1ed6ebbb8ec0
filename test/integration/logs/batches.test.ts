// How often a disk is written to, with real files: the reason for flush intervals.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { processKey } from "../../../src/core/base/ids.ts";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import type { LogFiles } from "../../../src/ports/log-files.ts";
import { processTo, worldOn } from "../../fakes/logs-world.ts";
import { FakePipes } from "../../fakes/pipes.ts";
import { directory } from "./disk-rig.ts";

const PROGRAMS = 10;
const MINUTES = 5;

/** Ten programs write a line each second for five minutes. @returns what was done, and what the files hold */
async function fiveMinutes(flushSecs: number) {
  const home = directory();
  const real = createLogFiles();
  let writes = 0;
  const underWay: Promise<unknown>[] = [];
  const files: LogFiles = {
    ...real,
    write: (fd, parts, isUrgent) => {
      writes += 1;
      const written = real.write(fd, parts, isUrgent);
      underWay.push(written);
      return written;
    },
  };
  const pipes = new FakePipes();
  const world = worldOn(files, pipes, {
    mainLog: join(home, "main.log"),
    directory: home,
    flushSecs,
  });
  const { logs, clock } = world;
  const paths = Array.from({ length: PROGRAMS }, (_, n) => join(home, `${n}.log`));
  for (const [n, path] of paths.entries()) {
    const key = processKey("many", `p${n}`);
    logs.addProcess(processTo(path, {}, key));
    logs.attach(key, 100 + n, { stdout: 2000 + n, stderr: null });
  }
  await logs.flush();
  writes = 0;
  let wakings = 0;
  const idle = () => new Promise((resolve) => setImmediate(resolve));
  for (let second = 0; second < MINUTES * 60; second += 1) {
    for (const n of paths.keys()) pipes.feed(2000 + n, `second ${second} of ${n}\n`);
    clock.advance(1000, () => {
      wakings += 1;
    });
    await idle();
    // What comes during a write goes along with the next one, which would make it look better than it is.
    await Promise.all(underWay.splice(0));
  }
  await logs.flush();
  return { writes, wakings, texts: paths.map((path) => fs.readFileSync(path, "utf8")) };
}

test("with an interval of a minute a disk is written to once a minute for each log, and the files are the same", async () => {
  const batched = await fiveMinutes(60);
  const plain = await fiveMinutes(0);
  assert.deepEqual(batched.texts, plain.texts);
  assert.equal(plain.writes, PROGRAMS * MINUTES * 60);
  assert.equal(plain.wakings, 0);
  assert.ok(batched.writes <= PROGRAMS * (MINUTES + 1), `${batched.writes} writes`);
  assert.ok(batched.wakings <= MINUTES + 1, `${batched.wakings} wakings`);
});
