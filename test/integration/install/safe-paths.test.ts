// Steps of root below directories that other users can rename: their symlinks never lead to another user's files.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRepairRecords } from "../../../src/doctor/host/repair-records.ts";
import { createInstallHost } from "../../../src/install/host/install-host.ts";
import { createAnchors } from "../../../src/install/host/safe-paths.ts";
import type { Step } from "../../../src/install/plan/steps.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

const NOBODY = 65534;
const skip = process.geteuid?.() === 0 ? false : "needs root: it gives files to another user";

/** A home of the user nobody with logs, and beside it a file of root. */
function places(t: Parameters<typeof scratchDirectory>[0]) {
  const root = scratchDirectory(t);
  const [home, secret] = [join(root, "home"), join(root, "secret")];
  for (const path of [home, secret, join(home, "logs")]) mkdirSync(path);
  chownSync(home, NOBODY, NOBODY);
  chmodSync(secret, 0o700);
  writeFileSync(join(secret, "web.log"), "root's", { mode: 0o600 });
  writeFileSync(join(home, "logs/web.log"), "log", { mode: 0o600 });
  return { root, home, secret, log: join(home, "logs/web.log") };
}

/** What the user nobody does as soon as root has looked. */
function redirect(home: string, secret: string): void {
  renameSync(join(home, "logs"), join(home, "away"));
  symlinkSync(secret, join(home, "logs"));
  lchownSync(join(home, "logs"), NOBODY, NOBODY);
}

const journal = (root: string) =>
  createRepairRecords(join(root, "records")).journal("1", 1, {
    code: "T-1",
    subject: "",
    advice: "",
    whenMs: 0,
  });

test("no step follows a link that another user has put on the way", { skip }, async (t) => {
  const { root, home, secret, log } = places(t);
  redirect(home, secret);
  const host = createInstallHost({ root: "/", journal: journal(root), showOutput: [] });
  const owner = { user: "nobody", group: "nogroup" };
  const steps: readonly Step[] = [
    { kind: "own", path: log, mode: 0o666, uid: NOBODY, gid: NOBODY },
    { kind: "file", path: log, text: "x", mode: 0o644, owner, what: "" },
    { kind: "remove", path: log, what: "" },
    { kind: "remove-stale", path: log },
    { kind: "directory", path: join(home, "logs/new"), mode: 0o755, owner },
  ];
  const { signal } = new AbortController();
  for (const step of steps) {
    const done = await host.perform(step, signal);
    assert.match(
      done.ok ? "" : done.error,
      /logs in the path of .*: it is not followed/,
      step.kind,
    );
  }
  const undone = await host.undo({
    ...{ kind: "restore-access", path: log, mode: 0o666, uid: NOBODY, gid: NOBODY },
  });
  assert.equal(undone.ok, false);
  assert.equal(readFileSync(join(secret, "web.log"), "utf8"), "root's");
  const { uid, mode } = statSync(join(secret, "web.log"));
  assert.deepEqual([uid, mode & 0o777], [0, 0o600]);
});

test("a path stays what it was while it is used, whatever is renamed", { skip }, (t) => {
  const { home, secret, log } = places(t);
  const anchors = createAnchors();
  const at = anchors.at(log);
  redirect(home, secret);
  assert.equal(readFileSync(at, "utf8"), "log");
  assert.equal(readFileSync(log, "utf8"), "root's");
  assert.equal(anchors.inWords(`EACCES: '${at}'`), `EACCES: '${log}'`);
  anchors.close();
});

test("links of root's are followed, and what is missing is missing", { skip }, async (t) => {
  const { root, home } = places(t);
  const own = join(root, "own");
  mkdirSync(own);
  symlinkSync(join(home, "logs"), join(own, "link"));
  chmodSync(root, 0o755);
  const host = createInstallHost({ root: "/", journal: journal(root), showOutput: [] });
  const { signal } = new AbortController();
  const path = join(own, "link/web.log");
  const step: Step = { kind: "own", path, mode: 0o640, uid: NOBODY, gid: NOBODY };
  assert.ok((await host.perform(step, signal)).ok);
  assert.equal(statSync(path).uid, NOBODY);
  const missing = join(home, "none/web.log");
  assert.ok((await host.perform({ ...step, path: missing }, signal)).ok, "nothing to own");
  rmSync(join(own, "link"));
});
