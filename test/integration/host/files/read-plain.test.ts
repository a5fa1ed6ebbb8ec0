// Files named by other users: only regular ones of limited size are read.

import assert from "node:assert/strict";
import { spawnSync, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, lchownSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test, describe } from "node:test";
import { readPlainFile, readEnvFile, readEnvFileNow } from "../../../../src/host/files/read-plain.ts";
import { tmpdir } from "node:os";
import { MOST_ENV_BYTES } from "../../../../src/core/config/limits.ts";
import { envReadText } from "../../../../src/core/environment/file-problems.ts";

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

// Files of variables: what `tsv check` reads at once is what the daemon reads later.

const isRoot = process.getuid?.() === 0;
const USER = 65_534;
/** Tells a size of 0, and has megabytes. */
const ENDLESS = "/proc/kallsyms";
const withoutEndless =
  sizeOf(ENDLESS) > MOST_ENV_BYTES ? false : `${ENDLESS} is missing, or has little in it`;

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}

describe("a file of variables is read alike by the daemon and by those who check", () => {
  let directory = "";
  const at = (name: string): string => join(directory, name);
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "env-file-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  /** What both say: the text, or why there is none. */
  async function read(path: string): Promise<string> {
    const said = [await readEnvFile(path), readEnvFileNow(path)].map((one) =>
      one.ok ? Buffer.from(one.value).toString() : envReadText(path, one.error),
    );
    assert.equal(said[0], said[1]);
    return said[0] ?? "";
  }

  test("if it is there", async () => {
    writeFileSync(at("a.env"), "A=1\n");
    assert.equal(await read(at("a.env")), "A=1\n");
    symlinkSync("a.env", at("link.env"));
    assert.equal(await read(at("link.env")), "A=1\n");
  });

  test("if its size is 0 although it has content, as files of the kernel have", async () => {
    const environment = readFileSync("/proc/self/environ", "utf8");
    assert.notEqual(environment, "");
    assert.equal(await read("/proc/self/environ"), environment);
    writeFileSync(at("most.env"), Buffer.alloc(MOST_ENV_BYTES, "#"));
    assert.equal((await read(at("most.env"))).length, MOST_ENV_BYTES);
    writeFileSync(at("empty.env"), "");
    assert.equal(await read(at("empty.env")), "");
  });

  test("if it is larger than it said", { skip: withoutEndless }, async () => {
    assert.match(await read(ENDLESS), /it is larger than/);
  });

  test("if it is no file, missing or too large", async () => {
    assert.match(await read(at("none.env")), /it does not exist/);
    assert.match(await read(directory), /it is a directory/);
    execFileSync("mkfifo", [at("pipe")]);
    assert.match(await read(at("pipe")), /it is not a plain file/);
    assert.match(await read("/dev/null"), /it is not a plain file/);
    writeFileSync(at("large.env"), "");
    truncateSync(at("large.env"), MOST_ENV_BYTES + 1);
    assert.match(await read(at("large.env")), /it is larger than/);
    symlinkSync("round.env", at("round.env"));
    assert.match(await read(at("round.env")), /round\.env: its symlinks lead in a circle$/);
    mkdirSync(at("ring"));
    symlinkSync("../ring/b", at("ring/a"));
    symlinkSync("../ring/a", at("ring/b"));
    assert.match(await read(at("ring/a/x.env")), /its symlinks lead in a circle$/);
  });

  test("if a user's symlink leads to it", { skip: isRoot ? false : "needs root" }, async () => {
    writeFileSync(at("roots.env"), "SECRET=1\n", { mode: 0o600 });
    mkdirSync(at("home"));
    lchownSync(at("home"), USER, USER);
    symlinkSync(at("roots.env"), at("home/stolen.env"));
    lchownSync(at("home/stolen.env"), USER, USER);
    assert.match(await read(at("home/stolen.env")), /root does not follow a symlink/);
    writeFileSync(at("home/own.env"), "A=2\n");
    lchownSync(at("home/own.env"), USER, USER);
    symlinkSync("own.env", at("home/good.env"));
    lchownSync(at("home/good.env"), USER, USER);
    assert.equal(await read(at("home/good.env")), "A=2\n");
    symlinkSync("round.env", at("home/round.env"));
    lchownSync(at("home/round.env"), USER, USER);
    assert.match(await read(at("home/round.env")), /its symlinks lead in a circle/);
    mkdirSync(at("home/d"));
    symlinkSync(directory, at("home/d/up"));
    lchownSync(at("home/d/up"), USER, USER);
    assert.match(await read(at("home/d/up/roots.env")), /root does not follow a symlink/);
  });
});
