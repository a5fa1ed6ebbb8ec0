// AUTO files: named when a group is added, made when the program first starts, and empty to readers until then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { channelTo, fakeWorld, processTo, stdoutOf, WEB } from "../../../fakes/logs-world.ts";

const FD = 7;

function added() {
  const world = fakeWorld();
  world.files.disk.set("/auto/precious", { bytes: Buffer.alloc(0) });
  world.files.disk.set("/auto/web-stdout---supervisor-zzzzzzzz.log", { bytes: Buffer.alloc(0) });
  void world.logs.cleanAutoLogs(AbortSignal.timeout(60_000));
  const auto = channelTo("", { logfile: { kind: "auto" }, maxBytes: 4, backups: 1 });
  world.logs.addProcess({ ...processTo(""), stdout: auto });
  const path = world.logs.path(WEB, "stdout") ?? "";
  const autoFiles = () => [...world.files.disk.keys()].filter((name) => name.startsWith("/auto"));
  return { ...world, path, autoFiles };
}

test("adding a process names its AUTO file and touches no file (auto-log-lazy); old ones are cleaned", () => {
  const { path, autoFiles } = added();
  assert.match(path, /^\/auto\/web-stdout---supervisor-[a-z0-9_]{8}\.log$/);
  assert.deepEqual(autoFiles(), ["/auto/precious"]);
});

test("the first start creates the file, and later ones keep its name and contents", async () => {
  const { logs, pipes, files, path, autoFiles } = added();
  logs.attach(WEB, 1, { stdout: FD, stderr: null });
  await logs.flush();
  assert.deepEqual(autoFiles(), ["/auto/precious", path]);
  pipes.feed(FD, "x");
  logs.detach(WEB);
  await logs.flush();
  assert.equal(logs.path(WEB, "stdout"), path);
  logs.attach(WEB, 2, { stdout: 8, stderr: null });
  pipes.feed(8, "y");
  await logs.flush();
  assert.equal(files.text(path), "xy");
});

test("until then it reads, tails, clears and is followed as an empty file (auto-log-lazy)", async () => {
  const { logs, pipes, path, autoFiles } = added();
  const ref = stdoutOf(WEB);
  for (const [offset, length] of [
    [0, 0],
    [-10, 0],
    [5, 10],
  ] as const) {
    assert.deepEqual(await logs.read(ref, offset, length), { ok: true, value: new Uint8Array(0) });
  }
  const bad = await logs.read(ref, -1, 1);
  assert.equal(!bad.ok && bad.error.name, "BAD_ARGUMENTS");
  assert.deepEqual(await logs.tail(ref, 5, 5), {
    ok: true,
    value: { bytes: new Uint8Array(0), offset: 0, overflow: false },
  });
  assert.deepEqual(await logs.clear(ref), { ok: true, value: true });
  assert.equal(autoFiles().includes(path), false, "reading made no file");

  const seen: string[] = [];
  const followed = await logs.follow(ref, 100, (bytes) => {
    seen.push(Buffer.from(bytes).toString());
  });
  assert.ok(followed.ok);
  logs.attach(WEB, 1, { stdout: FD, stderr: null });
  pipes.feed(FD, "abc");
  await logs.flush();
  assert.equal(seen.join(""), "abc");
});

test("a file that was removed later is missing, as any log", async () => {
  const { logs, files, path } = added();
  logs.attach(WEB, 1, { stdout: FD, stderr: null });
  await logs.flush();
  files.disk.delete(path);
  const read = await logs.read(stdoutOf(WEB), 0, 0);
  assert.deepEqual(!read.ok && read.error, { name: "NO_FILE", detail: path });
});

test("a directory that does not answer is given up, and files of this run are safe from then on", async () => {
  const world = fakeWorld();
  let baseOf: (name: string) => string | null = () => null;
  world.files.removeIdle = (_, asked) => {
    baseOf = asked;
    return new Promise(() => {});
  };
  const name = "web-stdout---supervisor-zzzzzzzz.log";
  const deadline = new AbortController();
  const cleaned = world.logs.cleanAutoLogs(deadline.signal);
  assert.equal(baseOf(name), name);
  deadline.abort();
  await cleaned;
  assert.equal(baseOf(name), null);
});
