// max_total, with a program whose user does to the directory of its logs what he likes: logs of other programs keep their room.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { processKey } from "../../../src/core/base/ids.ts";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { processTo, worldOn } from "../../fakes/logs-world.ts";
import { FakePipes } from "../../fakes/pipes.ts";
import { directory } from "./disk-rig.ts";

const NOBODY = 65534;
const KB = 1024;
const HUGE = 2 ** 40;
const GOOD = processKey("good", "good");
const EVIL = processKey("evil", "evil");
const [GOOD_FD, EVIL_FD] = [1010, 1011];
const skip = process.geteuid?.() === 0 ? false : "needs root, whose daemon it is about";

function give(path: string): string {
  fs.lchownSync(path, NOBODY, NOBODY);
  return path;
}

function sparse(path: string): string {
  fs.writeFileSync(path, "");
  fs.truncateSync(path, HUGE);
  return path;
}

/** A program with backups, and one that logs to a directory of its user. @param prepare does what that user does */
async function beside(prepare: (home: string) => void) {
  const [home, theirs, logs] = [directory(), give(directory()), directory()];
  prepare(theirs);
  for (const index of [1, 2, 3]) {
    fs.writeFileSync(join(logs, `good.log.${index}`), Buffer.alloc(100 * KB));
  }
  const mainLog = join(home, "main.log");
  const world = worldOn(createLogFiles(), new FakePipes(), {
    ...{ mainLog, directory: home, maxTotal: 1024 * KB },
  });
  const paths = { good: join(logs, "good.log"), evil: join(theirs, "log", "evil.log") };
  world.logs.addProcess(processTo(paths.evil, { maxBytes: 50 * KB, backups: 3 }, EVIL));
  world.logs.addProcess(processTo(paths.good, { maxBytes: 200 * KB, backups: 5 }, GOOD));
  world.logs.attach(GOOD, 42, { stdout: GOOD_FD, stderr: null });
  const settle = async () => {
    for (let turn = 0; turn < 4; turn += 1) await world.logs.flush();
  };
  await settle();
  const write = async (fd: number, bytes: number) => {
    world.pipes.feed(fd, "x".repeat(bytes));
    await settle();
    world.pipes.announce(fd);
    await settle();
  };
  const startEvil = async () => {
    world.logs.attach(EVIL, 43, { stdout: EVIL_FD, stderr: null });
    await settle();
  };
  const pass = async () => {
    world.pauses.end();
    await settle();
  };
  const keepsAll = () => {
    const names = fs.readdirSync(logs).sort();
    assert.deepEqual(names, ["good.log", "good.log.1", "good.log.2", "good.log.3"]);
    assert.equal(fs.statSync(paths.good).size, 1000);
  };
  return { write, pass, startEvil, keepsAll };
}

function withLogs(home: string): string {
  const logs = join(home, "log");
  fs.mkdirSync(logs);
  return give(logs);
}

function link(path: string, target: string): void {
  fs.symlinkSync(target, path);
  give(path);
}

const PREPARATIONS: Readonly<Record<string, (home: string) => void>> = {
  "a link to a large file of root": (home) =>
    link(join(withLogs(home), "evil.log"), sparse(join(directory(), "large"))),
  "a backup behind a link of its directory": (home) => {
    const place = directory();
    sparse(join(place, "evil.log.1"));
    link(join(home, "log"), place);
  },
  "a log of its own without an end": (home) => void give(sparse(join(withLogs(home), "evil.log"))),
  "a backup of its own without an end": (home) =>
    void give(sparse(join(withLogs(home), "evil.log.2"))),
};

for (const [what, prepare] of Object.entries(PREPARATIONS)) {
  test(`${what} takes no log of another program away (log-total-others)`, { skip }, async () => {
    const { write, pass, keepsAll, startEvil } = await beside(prepare);
    await write(GOOD_FD, 500);
    await startEvil();
    await write(EVIL_FD, 500);
    await write(GOOD_FD, 500);
    await pass();
    keepsAll();
  });
}

test("a log that its user keeps from being rotated takes no log of another program away (log-total-others)", {
  skip,
}, async () => {
  const { write, pass, keepsAll, startEvil } = await beside((home) => {
    const logs = withLogs(home);
    fs.mkdirSync(join(logs, "evil.log.1"));
    fs.writeFileSync(join(logs, "evil.log.1", "file"), "");
  });
  await startEvil();
  for (let round = 0; round < 30; round += 1) await write(EVIL_FD, 50 * KB);
  await write(GOOD_FD, 1000);
  await pass();
  keepsAll();
});
