// An upgrade executes exactly the checked file.

import assert from "node:assert/strict";
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
import { createSuccessor } from "../../../../src/host/upgrade/successor.ts";
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
