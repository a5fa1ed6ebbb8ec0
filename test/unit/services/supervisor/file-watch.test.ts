// watch=: what is watched for whom, and what a change does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { group, program } from "../../core/process/samples.ts";
import { Rig, tick } from "./rig.ts";
import { running, WEB } from "./web-rig.ts";

const FILES = { watch: ["/srv/src", "/srv/a.yml"], watchIgnore: ["*.tmp"], directory: "/srv" };
const CHANGED = { kind: "changed", index: 0, path: "/srv/src/a.js" } as const;

const logged = (rig: Rig, text: string) => rig.activity.lines.filter((each) => each === text);

test("the files of a program are watched, and a change restarts it", () => {
  const stdout = { kind: "file", path: "/srv/src/web.log" } as const;
  const config = program({ ...FILES, watchDelay: 2, startSecs: 0 });
  const logging = { ...config, stdout: { ...config.stdout, logfile: stdout } };
  const rig = new Rig(group("web", [logging])).begin();
  const [request] = rig.files.requests;
  assert.deepEqual(request?.watched, [{ paths: FILES.watch, ignored: ["*.tmp"], delayMs: 2000 }]);
  assert.ok(request.ownFiles.includes(stdout.path));
  rig.files.tell({ kind: "watching", index: 0, directories: 3 });
  rig.files.tell(CHANGED);
  assert.deepEqual(rig.spawner.signals, [{ pid: 100, signal: 15, target: "process" }]);
  assert.equal(logged(rig, "INFO watching files of web in 3 directories").length, 1);
  assert.equal(logged(rig, "INFO restarting web: src/a.js changed").length, 1);
  assert.equal(rig.files.requests.length, 1, "a change of state is none of what is watched");
});

test("the logs of a program that is added later do not count, also if it watches nothing", async () => {
  const rig = running(FILES);
  const config = program({ name: "other" });
  const logfile = { kind: "file", path: "/srv/src/other.log" } as const;
  const other = group("other", [{ ...config, stdout: { ...config.stdout, logfile } }]);
  const now = rig.supervisor.config();
  rig.nextConfig = ok({ ...now, groups: [...now.groups, other] });
  assert.ok((await rig.supervisor.reread()).ok);
  assert.ok(rig.supervisor.addGroup("other").ok);
  rig.settle();
  assert.ok(rig.files.requests.at(-1)?.ownFiles.includes(logfile.path));
});

test("programs that name the same files share them, and a change is one of all of them", () => {
  const programs = ["a", "b"].map((name) => program({ ...FILES, name, startSecs: 0 }));
  const rig = new Rig(group("web", programs)).begin();
  assert.equal(rig.files.requests.at(-1)?.watched.length, 1);
  rig.files.tell(CHANGED);
  assert.deepEqual(
    rig.spawner.signals.map(({ pid }) => pid),
    [100, 101],
  );
});

test("nothing is watched without watch=, and no more when the last program is gone", () => {
  assert.deepEqual(running().settle().files.requests, []);
  const rig = running(FILES);
  assert.ok(rig.supervisor.stop(WEB, false));
  rig.settle().spawner.die(100);
  rig.supervisor.childrenDied();
  assert.ok(rig.supervisor.removeGroup("web").ok);
  const before = rig.files.requests[0];
  assert.deepEqual(rig.settle().files.requests.at(-1)?.watched, []);
  rig.files.tell(CHANGED, before);
});

test("a change reloads a program with watch_action=reload, and starts it if it has failed", async () => {
  const rig = running({ ...FILES, watchAction: "reload", reloadSignal: 1, autorestart: "never" });
  rig.files.tell(CHANGED);
  await tick();
  assert.deepEqual(rig.spawner.signals, [{ pid: 100, signal: 1, target: "process" }]);
  assert.equal(logged(rig, "INFO reload of web: src/a.js changed (SIGHUP sent)").length, 1);
  rig.spawner.die(100, { exitCode: 1 });
  rig.supervisor.childrenDied();
  rig.files.tell(CHANGED);
  rig.settle();
  assert.equal(rig.supervisor.stateOf(WEB), "RUNNING");
});

test("a path that is not watched is an error that names the program, the path and what helps", () => {
  const rig = running(FILES);
  rig.files.tell({ kind: "failed", index: 0, path: "/srv/src", errno: "ENOENT" });
  rig.files.tell({ kind: "too-many", index: 0, most: 10_000 });
  const errors = rig.activity.lines.filter((each) => each.startsWith("ERRO"));
  assert.deepEqual(errors, [
    "ERRO web: /srv/src is not watched: it does not exist",
    "ERRO web: correct watch=",
    "ERRO web: no files are watched: more than 10000 directories",
    "ERRO web: name fewer in watch=, or add to watch_ignore=",
  ]);
});
