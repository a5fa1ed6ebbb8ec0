// Logs on real files, real pipes and a real kernel's refusals.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { channelTo, processTo, stdoutOf, WEB, worldOn } from "../../fakes/logs-world.ts";
import { FakePipes } from "../../fakes/pipes.ts";
import { closed, directory, FD, start } from "./disk-rig.ts";

function openDescriptors(): number {
  return fs.readdirSync("/proc/self/fd").length;
}

test("the file is still appended to after a rotation, so that others may write too (log-append)", async () => {
  const path = join(directory(), "web.log");
  const { pipes, logs } = start(path, { maxBytes: 4, backups: 1 });
  pipes.feed(FD, "aaaa");
  await logs.flush();
  fs.appendFileSync(path, "X");
  pipes.feed(FD, "bb");
  await logs.flush();
  assert.equal(fs.readFileSync(path, "utf8"), "Xbb");
});

test("no descriptor is left over after rotation, clear, reopen, follow and the end", async () => {
  const path = join(directory(), "web.log");
  const before = openDescriptors();
  const { pipes, logs } = start(path, { maxBytes: 10, backups: 2 });
  for (let round = 0; round < 50; round += 1) {
    pipes.feed(FD, "0123456789");
    if (round % 5 === 0) await logs.clear(stdoutOf(WEB));
    if (round % 7 === 0) logs.reopenAll();
    const followed = await logs.follow(stdoutOf(WEB), 5, () => undefined);
    if (followed.ok) followed.value.close();
  }
  logs.detach(WEB);
  await closed(logs);
  assert.equal(openDescriptors(), before + 1, "the activity log stays open");
});

test("AUTO files are private, also after rotation and clear, and never a link (auto-log-private)", async () => {
  const home = directory();
  const files = createLogFiles();
  const world = worldOn(files, new FakePipes(), { mainLog: join(home, "m"), directory: home });
  const stdout = channelTo("", { logfile: { kind: "auto" }, maxBytes: 4, backups: 1 });
  world.logs.addProcess({ ...processTo(""), stdout });
  const path = world.logs.path(WEB, "stdout") ?? "";
  const mode = () => fs.statSync(path).mode & 0o777;
  assert.equal(fs.existsSync(path), false, "only named so far");
  world.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  await world.logs.flush();
  assert.equal(mode(), 0o600);
  world.pipes.feed(FD, "aaaa");
  await world.logs.flush();
  assert.equal(mode(), 0o600);
  await world.logs.clear(stdoutOf(WEB));
  assert.equal(mode(), 0o600);
  fs.rmSync(path);
  fs.symlinkSync(join(home, "victim"), path);
  world.logs.reopenAll();
  await world.logs.flush();
  assert.equal(fs.existsSync(join(home, "victim")), false);
});

test("an AUTO file never replaces another user's file", async () => {
  const home = directory();
  const files = createLogFiles();
  const world = worldOn(files, new FakePipes(), { mainLog: join(home, "m"), directory: home });
  world.logs.addProcess({
    ...processTo(""),
    stdout: channelTo("", { logfile: { kind: "auto" } }),
  });
  const path = world.logs.path(WEB, "stdout") ?? "";
  fs.writeFileSync(path, "planted");
  world.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "secret");
  await world.logs.flush();
  await world.logs.flush();
  assert.equal(fs.readFileSync(path, "utf8"), "planted");
  assert.match(
    fs.readFileSync(join(home, "m"), "utf8"),
    /ERRO cannot open log '[^']+' of 'web' stdout: EEXIST: '[^']+' is there already \(it belongs to/,
  );
});

test("names of AUTO files are eight of the characters that cleaning looks for, and differ", () => {
  const { randomName } = createLogFiles();
  const names = Array.from({ length: 2000 }, () => randomName());
  for (const name of names) assert.match(name, /^[a-z0-9_]{8}$/);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(names.join("")).size, 37, "every character comes up");
});

test("cleaning takes old AUTO files of ours and nothing else (auto-log-cleanup)", async () => {
  const home = directory();
  const names = ["a-stdout---supervisor-abcd1234.log", "a-stderr---supervisor-abcd1234.log.10"];
  const kept = ["a-stdout---supervisor-abcd1234.log.gz", "a-stdout---other-abcd1234.log", "notes"];
  for (const name of [...names, ...kept]) fs.writeFileSync(join(home, name), "");
  fs.mkdirSync(join(home, "b-stdout---supervisor-abcd1234.log"));
  fs.symlinkSync("notes", join(home, "c-stdout---supervisor-abcd1234.log"));
  const mainLog = join(directory(), "main.log");
  const { logs } = worldOn(createLogFiles(), new FakePipes(), { mainLog, directory: home });
  await logs.cleanAutoLogs(AbortSignal.timeout(60_000));
  for (const name of names) assert.equal(fs.existsSync(join(home, name)), false, name);
  for (const name of kept) assert.equal(fs.existsSync(join(home, name)), true, name);
  assert.equal(fs.readdirSync(home).length, kept.length + 2);
});

test("cleaning leaves what another daemon has in use, also between two runs and its backups (auto-log-in-use)", async () => {
  const home = directory();
  const place = { mainLog: join(directory(), "m"), directory: home };
  const first = worldOn(createLogFiles(), new FakePipes(), place);
  first.logs.addProcess({
    ...processTo(""),
    stdout: channelTo("", { logfile: { kind: "auto" } }),
  });
  const path = first.logs.path(WEB, "stdout") ?? "";
  first.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  first.pipes.feed(FD, "kept");
  await first.logs.flush();
  fs.writeFileSync(`${path}.1`, "older");
  const second = worldOn(createLogFiles(), new FakePipes(), place);
  const clean = () => second.logs.cleanAutoLogs(AbortSignal.timeout(60_000));
  await clean();
  assert.equal(fs.readFileSync(path, "utf8"), "kept");
  first.logs.detach(WEB);
  await first.logs.flush();
  await clean();
  assert.deepEqual([fs.existsSync(path), fs.existsSync(`${path}.1`)], [true, true]);
  first.logs.removeProcess(WEB);
  await first.logs.close(AbortSignal.timeout(60_000));
  await clean();
  assert.deepEqual(fs.readdirSync(home), []);
});
