// `tsv check --fix`: real files are corrected, shown before, and restored by `tsv doctor --undo`.

import assert from "node:assert/strict";
import { chmodSync, chownSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { check, doctor } from "./rig/doctor.ts";
import { AS_NOBODY, TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const asRoot = withoutRoot();
const NOBODY = 65534;

const MAIN = "[supervisord]\r\nuser=root ; why\r\n[include]\r\nfiles=conf.d/*.conf\r\n";
const BROKEN =
  '# a comment\n[program:web]\ncommand = /bin/sleep 1000 ; it sleeps\nautostrat=true\nstartsecs="5"\nstopsignal=TREM\n';
const FIXED =
  "# a comment\n[program:web]\ncommand = /bin/sleep 1000 ; it sleeps\nautostart=true\nstartsecs=5\nstopsignal=TERM\n";

function read(rig: Rig, name: string): string {
  return readFileSync(rig.path(name), "utf8");
}

e2e(
  "check --fix corrects main and included files, and doctor --undo reverts it",
  asRoot,
  async (rig) => {
    const main = rig.write("s.conf", MAIN.replace("user=root", "user='root'"));
    rig.write("conf.d/web.conf", BROKEN);
    chmodSync(rig.path("conf.d/web.conf"), 0o440);
    chownSync(rig.path("conf.d/web.conf"), 0, NOBODY);
    assert.match((await check(rig, [main])).stdout, /3 errors, 1 warning, .*; --fix corrects 4\n$/);

    const fixed = await check(rig, ["--fix", "--yes", main]);
    assert.equal(fixed.status, 0, fixed.stdout + fixed.stderr);
    assert.match(fixed.stdout, /\n *-startsecs="5"\n[\s\S]*\n *\+startsecs=5\n/);
    assert.match(fixed.stdout, /tsv doctor --undo\n[\s\S]*s\.conf: ok/);
    assert.equal(read(rig, "s.conf"), MAIN);
    assert.equal(read(rig, "conf.d/web.conf"), FIXED);
    const { mode, gid } = statSync(rig.path("conf.d/web.conf"));
    assert.deepEqual([mode & 0o7777, gid], [0o440, NOBODY]);

    const again = await check(rig, ["--fix", "--yes", main]);
    assert.match(again.stdout, /^[^\n]*s\.conf: ok[^\n]*\n$/);
    const undone = await doctor(rig, ["--undo", "--yes"]);
    assert.equal(undone.status, 0, undone.stdout + undone.stderr);
    assert.equal(read(rig, "s.conf"), MAIN.replace("user=root", "user='root'"));
    assert.equal(read(rig, "conf.d/web.conf"), BROKEN);
  },
);

e2e("check --fix says what remains, with the exit status of a check", asRoot, async (rig) => {
  const main = rig.write("s.conf", `[supervisord]\n${BROKEN}startretries=many\n`);
  const { status, stdout } = await check(rig, ["--fix", "-y", main]);
  assert.equal(status, 1);
  assert.match(stdout, /s\.conf:8: error: .*startretries.*\n[^\n]*: 1 error, 0 warnings\n$/);
});

e2e(
  "check --fix without a terminal and without --yes shows the changes alone",
  asRoot,
  async (rig) => {
    const main = rig.write("s.conf", `[supervisord]\nuser=root\n${BROKEN}`);
    const { status, stdout, stderr } = await check(rig, ["--fix", main]);
    assert.equal(status, 2);
    assert.match(stdout, /\+startsecs=5/);
    assert.match(stderr, /^Nothing was changed: .* add --yes\.\n$/);
    assert.equal(read(rig, "s.conf"), `[supervisord]\nuser=root\n${BROKEN}`);
    assert.equal((await check(rig, ["--fix", "-"])).status, 2);
    assert.equal((await check(rig, ["--yes", main])).status, 2);
  },
);

e2e("a user corrects an own file, and nothing of another user", asRoot, async (rig) => {
  const home = { env: { HOME: rig.path("home") } };
  const own = rig.write("home/s.conf", `[supervisord]\n${BROKEN}`);
  const roots = rig.write("s.conf", `[supervisord]\n${BROKEN}`);
  for (const path of [rig.path("home"), own]) chownSync(path, NOBODY, NOBODY);
  chmodSync(rig.directory, 0o755);
  const fix = (file: string) =>
    rig.command([...AS_NOBODY, TSV, "check", "--fix", "-y", file], home);
  const fixed = await fix(own);
  assert.equal(fixed.status, 0, fixed.stdout + fixed.stderr);
  assert.equal(read(rig, "home/s.conf"), `[supervisord]\n${FIXED}`);
  assert.equal(statSync(own).uid, NOBODY);
  const refused = await fix(roots);
  assert.deepEqual([refused.status, read(rig, "s.conf")], [2, `[supervisord]\n${BROKEN}`]);
  assert.match(refused.stderr, /^Nothing was changed: /);
});

e2e("root edits no file that another user has chosen", asRoot, async (rig) => {
  const text = `[supervisord]\nuser=root\n${BROKEN}`;
  const victim = rig.write("victim.conf", text);
  const main = rig.write("theirs/s.conf", `[supervisord]\nuser=root\n[include]\nfiles=${victim}\n`);
  symlinkSync(victim, rig.path("theirs/link.conf"));
  for (const path of [rig.path("theirs"), main]) chownSync(path, NOBODY, NOBODY);
  chmodSync(rig.directory, 0o755);
  const included = await check(rig, ["--fix", "-y", main]);
  assert.match(included.stderr, /users other than root can change .*theirs\/s\.conf/);
  const linked = await check(rig, ["--fix", "-y", rig.path("theirs/link.conf")]);
  assert.match(linked.stderr, /link\.conf is a symlink that users other than root can change/);
  assert.deepEqual([included.status, linked.status, read(rig, "victim.conf")], [2, 2, text]);
  // Named itself, the file of another user is corrected, and stays the user's.
  rig.write("theirs/s.conf", text);
  const named = await check(rig, ["--fix", "-y", main]);
  assert.equal(named.status, 0, named.stdout + named.stderr);
  const { uid, gid } = statSync(main);
  assert.deepEqual([uid, gid], [NOBODY, NOBODY]);
});

e2e("a relative name means the file in the working directory", asRoot, async (rig) => {
  const text = `[supervisord]\nuser=root\n${BROKEN}`;
  const fixedText = `[supervisord]\nuser=root\n${FIXED}`;
  const main = rig.write("in/s.conf", "[supervisord]\nuser='root'\n[include]\nfiles=d/*.conf\n");
  rig.write("in/d/web.conf", BROKEN);
  const here = { cwd: rig.path("in") };
  const fixed = await check(rig, ["--fix", "-y", "s.conf"], here);
  assert.equal(fixed.status, 0, fixed.stdout + fixed.stderr);
  assert.match(readFileSync(main, "utf8"), /^user=root$/m);
  assert.equal(read(rig, "in/d/web.conf"), FIXED);
  // The parent of a symlink's target, as the kernel reads it.
  rig.write("other/x.conf", text);
  symlinkSync(rig.path("in"), rig.path("other/link"));
  rig.write("x.conf", text);
  const up = await check(rig, ["--fix", "-y", "link/../x.conf"], { cwd: rig.path("other") });
  assert.equal(up.status, 0, up.stdout + up.stderr);
  assert.deepEqual([read(rig, "x.conf"), read(rig, "other/x.conf")], [fixedText, text]);
});

e2e("root trusts a relative name no more than an absolute one", asRoot, async (rig) => {
  const text = `[supervisord]\nuser=root\n${BROKEN}`;
  const victim = rig.write("victim.conf", text);
  const main = rig.write("theirs/s.conf", `[supervisord]\nuser=root\n[include]\nfiles=${victim}\n`);
  symlinkSync(victim, rig.path("theirs/link.conf"));
  for (const path of [rig.path("theirs"), main]) chownSync(path, NOBODY, NOBODY);
  chmodSync(rig.directory, 0o755);
  const here = { cwd: rig.path("theirs") };
  const included = await check(rig, ["--fix", "-y", "s.conf"], here);
  assert.match(included.stderr, /users other than root can change .*theirs\/s\.conf/);
  const linked = await check(rig, ["--fix", "-y", "./link.conf"], here);
  assert.match(linked.stderr, /link\.conf is a symlink that users other than root can change/);
  assert.deepEqual([included.status, linked.status, read(rig, "victim.conf")], [2, 2, text]);
});
