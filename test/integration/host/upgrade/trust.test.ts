// An upgrade executes exactly the checked file, and no environment can fake a snapshot.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  distrust,
  distrustDirectory,
  distrustProgram,
} from "../../../../src/host/files/path-trust.ts";
import { readInherited } from "../../../../src/host/upgrade/exec.ts";
import { createSuccessor } from "../../../../src/host/upgrade/successor.ts";
import {
  readUnnamed,
  unnamedProblem,
  writeUnnamed,
} from "../../../../src/host/upgrade/unnamed-file.ts";
import { fc } from "../../../property.ts";
import { needsRoot } from "../processes/rig.ts";

/** Nobody but root may write there, or on the way. */
function rootsPlace(t: TestContext): string {
  const directory = mkdtempSync("/run/tsv-test-");
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test("links of /proc are not followed, however they are reached", { skip: needsRoot }, (t) => {
  const directory = rootsPlace(t);
  writeFileSync(join(directory, "tsv"), "#!/bin/sh\n", { mode: 0o755 });
  assert.equal(distrust(join(directory, "tsv"), 0), null);
  const before = process.cwd();
  process.chdir(directory);
  t.after(() => process.chdir(before));
  const fd = openSync(join(directory, "tsv"), "r");
  t.after(() => closeSync(fd));
  symlinkSync(`/proc/${process.pid}/cwd`, join(directory, "link"));
  mkdirSync(join(directory, "far"));
  symlinkSync("../link", join(directory, "far/away"));
  for (const path of [
    `/proc/${process.pid}/cwd/tsv`,
    "/proc/self/cwd/tsv",
    `/proc/${process.pid}/root${directory}/tsv`,
    `/proc/${process.pid}/task/${process.pid}/cwd/tsv`,
    `/proc/self/fd/${fd}`,
    `${directory}/link/tsv`,
    `${directory}/far/away/tsv`,
    `/dev/fd/${fd}`,
  ]) {
    assert.match(distrust(path, 0) ?? "", /is a magic symlink or file of the kernel/, path);
    assert.notEqual(distrustProgram(path, 0), null, path);
  }
});

test("an executable that was replaced after it was judged is not tried out", {
  skip: needsRoot,
}, async (t) => {
  const path = join(rootsPlace(t), "tsv");
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
  const files: string[] = [];
  const successor = createSuccessor({
    origin: path,
    helpers: {
      run: (task) => {
        files.push(String(task.file));
        return Promise.resolve("not now");
      },
    },
  });
  const candidate = await successor.look(path);
  assert.ok(candidate.ok);
  const tried = await successor.dryRun(candidate.value, "{}");
  assert.ok(!tried.ok && /cannot be started: not now/.test(tried.error));
  assert.match(files[0] ?? "", /^\/proc\/self\/fd\/\d+$/, "the open file itself");
  writeFileSync(`${path}.new`, "#!/bin/sh\necho other\n", { mode: 0o755 });
  renameSync(`${path}.new`, path);
  const again = await successor.dryRun(candidate.value, "{}");
  assert.deepEqual(again, { ok: false, error: `${path} was replaced during the dry run` });
  assert.equal(files.length, 1);
});

test("two descriptors are read, and nothing else", () => {
  assert.deepEqual(readInherited("5,7"), { snapshotFd: 5, executableFd: 7 });
  assert.deepEqual(readInherited("5,-1"), { snapshotFd: 5, executableFd: -1 });
  for (const text of ["", "x", "5", "5,", ",5", "-1,-1", "0,1", "2,7", "5,7,9", "1e1,7", " 5,7"]) {
    assert.equal(readInherited(text), null, text);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const carried = readInherited(text);
      assert.ok(carried === null || carried.snapshotFd > 2);
    }),
  );
});

test("only a file without a name is believed to be a document", (t) => {
  const directory = mkdtempSync("/tmp/tsv-test-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const fd = writeUnnamed("{}", [3, 4]);
  assert.equal(unnamedProblem(fd), null);
  assert.deepEqual(readUnnamed(fd), { text: "{}", descriptors: [3, 4], executed: null });
  closeSync(fd);
  assert.match(unnamedProblem(fd) ?? "", /EBADF/);
  writeFileSync(join(directory, "f"), "3 4\n{}");
  for (const path of [join(directory, "f"), "/dev/null", directory]) {
    const other = openSync(path, "r");
    assert.match(unnamedProblem(other) ?? "", /is not an unnamed file/);
    closeSync(other);
  }
});

test("garbage in the environment of a start is a warning", () => {
  const carry = new URL("../../../../src/host/upgrade/exec.js", import.meta.url).href;
  const code = `import { takeInherited } from ${JSON.stringify(carry)}; console.log(takeInherited());`;
  for (const text of ["x", "1,2", "99,-1", "4,5", "-5,3", "999999999,1"]) {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", code],
      { env: { TSV_SNAPSHOT: text }, encoding: "utf8" },
    );
    assert.deepEqual([status, stdout], [0, "null\n"], stderr);
    assert.match(stderr, /^Warning: TSV_SNAPSHOT in the environment is ignored: /);
  }
});

test("the target of a final symlink or .. is judged too", { skip: needsRoot }, (t) => {
  const directory = rootsPlace(t);
  mkdirSync(join(directory, "all"));
  chmodSync(join(directory, "all"), 0o1777);
  mkdirSync(join(directory, "all/ours"));
  symlinkSync(".", join(directory, "all/here"));
  symlinkSync("ours/..", join(directory, "all/back"));
  assert.equal(distrustDirectory(join(directory, "all/ours"), 0), null);
  for (const path of ["all", "all/ours/..", "all/here", "all/back"]) {
    assert.match(distrustDirectory(join(directory, path), 0) ?? "", /other than root can/, path);
    assert.match(distrust(join(directory, path), 0) ?? "", /is not a file|other than/, path);
  }
});
