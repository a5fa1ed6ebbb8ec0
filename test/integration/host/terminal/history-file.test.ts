// The history of the shell as a real file: private, complete, limited, and never another user's file.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createHistoryFile } from "../../../../src/host/terminal/history-file.ts";

describe("a history file", () => {
  let directory: string;
  const path = (name: string): string => join(directory, name);
  const lines = (name: string): readonly string[] => {
    const loaded = createHistoryFile(path(name), 5).load();
    assert.ok(loaded.ok);
    return loaded.value;
  };
  const problem = (name: string, save = false): string => {
    const file = createHistoryFile(path(name), 5);
    const outcome = save ? file.save(["x"]) : file.load();
    assert.ok(!outcome.ok);
    return outcome.error;
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "tsv-history-"));
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("is empty before there is one, and is not made for nothing", () => {
    assert.deepEqual(lines("none"), []);
    assert.deepEqual(createHistoryFile(path("none"), 5).save([]), { ok: true, value: null });
    assert.equal(readdirSync(directory).includes("none"), false);
  });

  it("is private, whatever it was before", () => {
    writeFileSync(path("open"), "status\n", { mode: 0o644 });
    createHistoryFile(path("open"), 5).save(["version"]);
    assert.equal(statSync(path("open")).mode & 0o777, 0o600);
    assert.equal(readFileSync(path("open"), "utf8"), "status\nversion\n");
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith("open")),
      ["open"],
    );
  });

  it("keeps the newest lines, those of other shells among them", () => {
    const [one, other] = [createHistoryFile(path("two"), 5), createHistoryFile(path("two"), 5)];
    one.save(["a", "b", "c"]);
    other.save(["d", "e", "f"]);
    assert.deepEqual(lines("two"), ["b", "c", "d", "e", "f"]);
  });

  it("reads the end of a huge file only, and no control characters", () => {
    writeFileSync(path("huge"), `${"old\n".repeat(500_000)}start \u001b[2J\nstart w\u00e9b\n\n`);
    assert.deepEqual(lines("huge").slice(-2), ["old", "start w\u00e9b"]);
  });

  it("is never reached through a link", () => {
    writeFileSync(path("target"), "secret\n");
    symlinkSync(path("target"), path("link"));
    for (const save of [false, true]) {
      assert.equal(
        problem("link", save),
        `cannot use the history in ${path("link")}: it is a symbolic link; set history_file to the file itself`,
      );
    }
    linkSync(path("target"), path("hard"));
    createHistoryFile(path("hard"), 5).save(["x"]);
    assert.equal(readFileSync(path("target"), "utf8"), "secret\n");
  });

  it("is a regular file, in a directory that exists", () => {
    mkdirSync(path("directory"));
    spawnSync("mkfifo", [path("fifo")]);
    for (const save of [false, true]) {
      assert.match(problem("directory", save), /it is not a regular file; set history_file/);
      assert.match(problem("fifo", save), /it is not a regular file; set history_file/);
    }
    assert.match(problem("no/where", true), /its directory does not exist; create it, or set/);
  });

  it("stays its owner's", (t) => {
    if (process.getuid?.() !== 0) return t.skip("only root can write what belongs to others");
    writeFileSync(path("theirs"), "status\n");
    chownSync(path("theirs"), 65534, 65534);
    createHistoryFile(path("theirs"), 5).save(["version"]);
    const { uid, gid } = statSync(path("theirs"));
    assert.deepEqual([uid, gid], [65534, 65534]);
  });
});
