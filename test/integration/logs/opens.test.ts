// Opens that are gathered: each is answered for itself, and each descriptor is of the file that it stands for.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { directory } from "./disk-rig.ts";

const files = createLogFiles();
const PLAIN = { isPrivate: false, isNew: false, truncate: false };

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
