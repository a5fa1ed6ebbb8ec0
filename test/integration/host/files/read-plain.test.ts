// Files named by other users: only regular ones of limited size are read.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readPlainFile } from "../../../../src/host/files/read-plain.ts";

let directory = "";
before(() => {
  directory = mkdtempSync("/tmp/tsv-plain-");
});
after(() => rmSync(directory, { recursive: true }));

function read(path: string, most = 1024 * 1024): string {
  const bytes = readPlainFile(path, most);
  return bytes.ok ? `read ${bytes.value.length}` : `${bytes.error.code}: ${bytes.error.detail}`;
}

test("plain files, also empty ones, long ones and the kernel's, which have no size", () => {
  for (const length of [0, 1, 65_535, 65_536, 200_000, 1024 * 1024]) {
    writeFileSync(join(directory, "plain"), "x".repeat(length));
    assert.equal(read(join(directory, "plain")), `read ${length}`);
  }
  assert.match(read("/proc/self/status"), /^read \d{3,}$/);
});

test("a pipe without a writer, a device without an end, a socket, a directory", async (t) => {
  const pipe = join(directory, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  assert.equal(read(pipe), "EFTYPE: it is a named pipe, not a plain file");
  symlinkSync("/dev/zero", join(directory, "zero"));
  assert.equal(read(join(directory, "zero")), "EFTYPE: it is a device, not a plain file");
  const server = createServer().listen(join(directory, "socket"));
  t.after(() => server.close());
  await once(server, "listening");
  assert.equal(read(join(directory, "socket")), "EFTYPE: it is a socket, not a plain file");
  assert.match(read(directory), /^EISDIR: /);
  assert.match(read(join(directory, "none")), /^ENOENT: /);
});

test("a file that is too large, also if its size is unknown", () => {
  writeFileSync(join(directory, "large"), "x".repeat(1024 * 1024 + 1));
  assert.equal(read(join(directory, "large")), "EFBIG: it is larger than 1 MB");
  assert.match(read("/proc/self/status", 100), /^EFBIG: /);
});
