// Root's logs in directories of users, and the links that users put there.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { describeDiagnosis } from "../../../src/core/logs/messages.ts";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { stdoutOf, WEB } from "../../fakes/logs-world.ts";
import { directory, FD, start } from "./disk-rig.ts";

const NOBODY = 65534;
const skip = process.geteuid?.() === 0 ? false : "needs root, whose daemon it is about";

function give(path: string): string {
  fs.lchownSync(path, NOBODY, NOBODY);
  return path;
}

/** A directory of the user nobody. */
function theirs(): string {
  return give(directory());
}

function link(path: string, target: string): string {
  fs.symlinkSync(target, path);
  return give(path);
}

/** A file that only root may read. */
function secret(name = "secret"): string {
  const path = join(directory(), name);
  fs.writeFileSync(path, "root's\n", { mode: 0o600 });
  return path;
}

async function tailOf(logs: ReturnType<typeof start>["logs"]): Promise<string> {
  const tail = await logs.tail(stdoutOf(WEB), 0, 1000);
  return tail.ok ? Buffer.from(tail.value.bytes).toString() : "";
}

test("a user's link in a log's place does not lead root to its files (log-links)", {
  skip,
}, async () => {
  const file = secret();
  const path = link(join(theirs(), "web.log"), file);
  const { pipes, logs, activity, settle } = start(path, { maxBytes: 3, backups: 0 });
  pipes.feed(FD, "theirs");
  await settle();
  assert.equal(fs.readFileSync(file, "utf8"), "root's\n");
  const told = `cannot open log '${path}' of 'web' stdout: ELOOP: '${path}' is a symlink to '${file}' of another owner: root does not follow it (the symlink belongs to nobody (uid ${NOBODY}))`;
  assert.ok(activity().includes(told), activity());
  assert.equal(await tailOf(logs), "");
  const read = await logs.read(stdoutOf(WEB), 0, 0);
  assert.ok(
    !read.ok && read.error.detail?.includes("root does not follow it") === true,
    JSON.stringify(read),
  );
});

test("nor does one on the way to it, or one that leads nowhere yet", { skip }, async () => {
  const [file, home] = [secret("web.log"), theirs()];
  link(join(home, "logs"), dirname(file));
  const missing = join(directory(), "made-by-root");
  for (const path of [join(home, "logs", "web.log"), link(join(home, "new.log"), missing)]) {
    const { pipes, logs, activity, settle } = start(path);
    pipes.feed(FD, "theirs");
    await settle();
    assert.match(activity(), /ELOOP: '[^']+' is a symlink to '/);
    await logs.clear(stdoutOf(WEB));
  }
  assert.equal(fs.readFileSync(file, "utf8"), "root's\n", "clear does not go there either");
  assert.equal(fs.existsSync(missing), false);
});

test("a link that takes a log's place is not emptied, appended to or read at its rotation", {
  skip,
}, async () => {
  for (const backups of [0, 2]) {
    const [file, path] = [secret(), join(theirs(), "web.log")];
    const { pipes, logs, settle } = start(path, { maxBytes: 4, backups });
    await settle();
    fs.rmSync(path);
    link(path, file);
    for (const text of ["rotate", "more"]) {
      pipes.feed(FD, text);
      await settle();
    }
    assert.equal(fs.readFileSync(file, "utf8"), "root's\n");
    assert.ok(!(await tailOf(logs)).includes("root's"));
  }
});

test("backups are not renamed in a directory that a user's link leads to", { skip }, async () => {
  const [file, home] = [secret("web.log"), theirs()];
  const logs = give(directory());
  fs.symlinkSync(logs, join(home, "logs"));
  give(join(home, "logs"));
  const path = join(home, "logs", "web.log");
  const { pipes, settle } = start(path, { maxBytes: 4, backups: 2 });
  await settle();
  fs.rmSync(join(home, "logs"));
  link(join(home, "logs"), dirname(file));
  pipes.feed(FD, "rotate");
  await settle();
  assert.deepEqual(fs.readdirSync(dirname(file)), ["web.log"]);
});

test("links that lead to what is their owner's, and root's own, are followed (log-links)", {
  skip,
}, async () => {
  const home = theirs();
  const release = give(fs.mkdtempSync(join(home, "release-")));
  const shared = give(fs.mkdtempSync(join(home, "shared-")));
  link(join(home, "current"), release);
  link(join(release, "log"), `../${shared.slice(home.length + 1)}/.`);
  const rootsPlace = directory();
  fs.symlinkSync(rootsPlace, join(home, "of-root"));
  const own = join(home, "own");
  fs.writeFileSync(own, "");
  link(join(home, "own.log"), give(own));
  link(join(shared, "linked.log"), "made-there");
  const paths = [
    [join(home, "current/log/web.log"), join(shared, "web.log")],
    [join(home, "of-root/web.log"), join(rootsPlace, "web.log")],
    [join(home, "own.log"), own],
    // What root makes there is root's, and is its log the next time, too.
    [join(home, "current/log/linked.log"), join(shared, "made-there")],
    [join(home, "current/log/linked.log"), join(shared, "made-there")],
  ] as const;
  for (const [path, file] of paths) {
    fs.rmSync(join(shared, "web.log"), { force: true });
    const before = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const { pipes, logs, settle } = start(path, { maxBytes: 1000, backups: 1 });
    pipes.feed(FD, "line\n");
    await settle();
    assert.equal(fs.readFileSync(file, "utf8"), `${before}line\n`, path);
    assert.equal(await tailOf(logs), `${before}line\n`);
  }
});

test("another user's symlink in a world-writable directory, such as /tmp, is never followed", {
  skip,
}, async () => {
  const [shared, own] = [directory(), theirs()];
  fs.chmodSync(shared, 0o1777);
  const files = createLogFiles();
  const path = link(join(shared, "web.log"), join(own, "copy"));
  const how = { isPrivate: false, isNew: false, truncate: false };
  assert.deepEqual(await files.open(path, how), { ok: false, error: "EACCES" });
  assert.deepEqual(fs.readdirSync(own), []);
  assert.equal(
    describeDiagnosis(await files.diagnose(path, "EACCES")),
    `'${path}' is a symlink to '${join(own, "copy")}' in a world-writable directory: root does not follow it (the symlink belongs to nobody (uid ${NOBODY})); needed by uid 0`,
  );
});

test("open files, devices and pipes are logs as before", { skip }, async () => {
  const file = join(directory(), "open");
  const fd = fs.openSync(file, "w");
  const files = createLogFiles();
  const how = { isPrivate: false, isNew: false, truncate: false };
  for (const path of [
    `/proc/self/fd/${fd}`,
    `/dev/fd/${fd}`,
    `/proc/${process.pid}/fd/${fd}`,
    "/dev/null",
  ]) {
    const opened = await files.open(path, how);
    assert.ok(opened.ok, path);
    assert.equal(opened.value.kind, path === "/dev/null" ? "device" : "regular");
    await files.close(opened.value.fd);
  }
  // A link to what a process has open is judged by that.
  const behind = await files.open(link(join(theirs(), "web.log"), `/proc/self/fd/${fd}`), how);
  assert.deepEqual(behind, { ok: false, error: "ELOOP" });
  fs.closeSync(fd);
  const bad = await files.open("a\0b", how);
  assert.equal(bad.ok, false);
});

test("links that lead round in a circle are an error, and no descriptor stays open", {
  skip,
}, async () => {
  const home = directory();
  fs.symlinkSync("b", join(home, "a"));
  fs.symlinkSync("a", join(home, "b"));
  const file = join(directory(), "web.log");
  fs.writeFileSync(file, "");
  fs.symlinkSync(file, join(home, "good"));
  link(join(home, "bad"), file);
  const files = createLogFiles();
  const before = fs.readdirSync("/proc/self/fd").length;
  for (const name of ["a", "b/deeper", "bad", "good", "absent/x", "good/x"]) {
    const how = { isPrivate: false, isNew: false, truncate: true };
    const opened = await files.open(join(home, name), how);
    assert.equal(opened.ok, name === "good", name);
    if (opened.ok) await files.close(opened.value.fd);
    await files.rename(join(home, name, "x"), join(home, name, "y"));
    await files.unlink(join(home, name, "x"));
  }
  assert.equal(fs.readdirSync("/proc/self/fd").length, before);
});
