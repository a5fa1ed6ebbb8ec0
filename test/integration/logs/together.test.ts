// Writes and opens at the same time: each is answered for itself, the bytes are where they belong, and each descriptor is of the
// file that it stands for.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { directory } from "./disk-rig.ts";

const files = createLogFiles();
const PLAIN = { isPrivate: false, isNew: false, truncate: false };
const bytes = (text: string): Uint8Array => Buffer.from(text);

async function opened(path: string): Promise<number> {
  const log = await files.open(path, PLAIN);
  assert.ok(log.ok);
  return log.value.fd;
}

describe("writes at the same time", () => {
  it("put every byte into its own file, in order", async () => {
    const order = fc.record({
      file: fc.nat(4),
      parts: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 }),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(order, { maxLength: 60 }), async (orders) => {
        const home = directory();
        const fds = await Promise.all([0, 1, 2, 3, 4].map((n) => opened(join(home, `${n}`))));
        const wanted = fds.map(() => "");
        const all: Promise<unknown>[] = [];
        for (const { file, parts, waits } of orders) {
          const text = parts.join("");
          wanted[file] += text;
          const written = files.write(fds[file] ?? -1, parts.map(bytes));
          all.push(written);
          if (waits) assert.deepEqual(await written, { ok: true, value: Buffer.byteLength(text) });
        }
        await Promise.all(all);
        await Promise.all(fds.map((fd) => files.close(fd)));
        const found = fds.map((_, n) => fs.readFileSync(join(home, `${n}`), "utf8"));
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 40 },
    );
  });

  it("fail each for itself", async () => {
    const home = directory();
    const good = await opened(join(home, "good"));
    const other = await opened(join(home, "other"));
    const bad = fs.openSync("/dev/full", "w");
    const closed = fs.openSync("/dev/null", "r");
    const answers = await Promise.all([
      files.write(good, [bytes("first ")]),
      files.write(bad, [bytes("lost")]),
      files.write(closed, [bytes("not open for writing")]),
      files.write(other, [bytes("second")]),
    ]);
    assert.deepEqual(answers, [
      { ok: true, value: 6 },
      { ok: false, error: "ENOSPC" },
      { ok: false, error: "EBADF" },
      { ok: true, value: 6 },
    ]);
    assert.equal(fs.readFileSync(join(home, "good"), "utf8"), "first ");
    assert.equal(fs.readFileSync(join(home, "other"), "utf8"), "second");
    for (const fd of [good, other, bad, closed]) await files.close(fd);
  });
});

describe("opens at the same time", () => {
  it("give each its own file", async () => {
    const home = directory();
    const paths = Array.from({ length: 300 }, (_, n) => join(home, `${n}`));
    const sinks = await Promise.all(paths.map((path) => files.open(path, PLAIN)));
    for (const [n, sink] of sinks.entries()) {
      assert.ok(sink.ok);
      assert.equal(fs.readlinkSync(`/proc/self/fd/${sink.value.fd}`), paths[n]);
      await files.close(sink.value.fd);
    }
  });

  it("fail each for itself, and are opened in the way that each asked for", async () => {
    const home = directory();
    const at = (name: string): string => join(home, name);
    fs.writeFileSync(at("full"), "old");
    fs.writeFileSync(at("kept"), "old");
    execFileSync("mkfifo", [at("fifo")]);
    const answers = await Promise.all([
      files.open(at("first"), PLAIN),
      files.open(at("missing/log"), PLAIN),
      files.open(at("fifo"), PLAIN),
      files.open(at("a\0b"), PLAIN),
      files.open(home, PLAIN),
      files.open(at("kept"), { ...PLAIN, isNew: true }),
      files.open(at("full"), { ...PLAIN, truncate: true }),
      files.open(at("private"), { isPrivate: true, isNew: true, truncate: false }),
      files.open(at("kept"), PLAIN),
    ]);
    assert.deepEqual(
      answers.map((answer) => (answer.ok ? answer.value.size : answer.error)),
      [0, "ENOENT", "ENXIO", "EINVAL", "EISDIR", "EEXIST", 0, 0, 3],
    );
    assert.equal(fs.statSync(at("private")).mode & 0o777, 0o600);
    for (const answer of answers) if (answer.ok) await files.close(answer.value.fd);
  });
});
