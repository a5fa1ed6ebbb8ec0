// tsv install and tsv uninstall by the built executable: what they say and refuse, what they do to an image, and what
// they ask.

import assert from "node:assert/strict";
import { chmodSync, constants, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./rig/command.ts";
import { makeImage, picture } from "./rig/image.ts";
import { AS_NOBODY, TSV, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";

const skip = withoutRoot();

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["install --init upstart", /unknown init system 'upstart'; use one of: systemd, sysv/],
  ["install --name a/b", /invalid service name 'a\/b'/],
  ["install --take-over", /--take-over requires --boot/],
  ["install --user --root /x", /cannot be combined/],
  ["install --bot", /unknown option '--bot'/],
  ["install now", /install takes no arguments/],
  ["uninstall --name ..", /invalid service name/],
];

e2e("usage errors have status 2 and a reason", async (rig) => {
  for (const [line, reason] of WRONG) {
    const { status, stderr } = await rig.tsv(...line.split(" "));
    assert.equal(status, 2, line);
    assert.match(stderr, reason);
  }
});

e2e("a root that is not there is refused by what it is", skip, async (rig) => {
  rig.write("file", "");
  for (const root of [rig.path("nothing"), rig.path("file")]) {
    for (const verb of [["install", "--boot"], ["install", "--status"], ["uninstall"]]) {
      const { status, stderr } = await rig.tsv(...verb, "--yes", "--root", root);
      assert.deepEqual([status, stderr.includes(`${root} is not a directory`)], [1, true], stderr);
    }
  }
});

e2e("an image is reported to start tsv only if it does", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  const install = async (...words: readonly string[]): Promise<string> =>
    (await rig.tsv("install", ...words, "--yes", "--root", root)).stdout;
  assert.match(await install(), /to start tsv at boot, use --boot/);
  assert.match(await install("--boot"), /tsv starts when it boots/);
});

e2e("without root it prints the exact line to use", skip, async (rig) => {
  const copy = rig.path("a tsv");
  copyFileSync(TSV, copy, constants.COPYFILE_FICLONE);
  chmodSync(copy, 0o755);
  const { status, stdout, stderr } = await run(
    [...AS_NOBODY, copy, "install", "--boot", "--config", "/etc/my own.conf"],
    { env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" } },
  );
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /this needs root/);
  assert.ok(stderr.includes(`sudo '${copy}' install --boot --config '/etc/my own.conf'\n`), stderr);
});

e2e("without a terminal it changes nothing, and prints the exact command", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  const before = picture(root);
  const { status, stdout, stderr } = await rig.tsv("install", "--boot", "--root", root);
  assert.equal(status, 1);
  assert.match(stdout, /\/etc\/systemd\/system\/tsv\.service\n +missing -> systemd unit/);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(stderr, /cannot ask for confirmation/);
  assert.ok(stderr.includes(` install --boot --root ${root} --yes\n`), stderr);
  assert.deepEqual(picture(root), before);
});

e2e("--plan changes nothing, and --json says all of it", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  const before = picture(root);
  const shown = await rig.tsv("install", "--boot", "--plan", "--root", root);
  assert.equal(shown.status, 0);
  assert.match(
    shown.stdout,
    /\nDry run: nothing was changed\..*\n\n.* install --boot --root \S+\n$/,
  );
  const { stdout } = await rig.tsv("install", "--boot", "--dry-run", "--json", "--root", root);
  const plan = JSON.parse(stdout) as {
    init: string;
    results: { kind: string; path?: string; text?: string; now: string; will: string }[];
  };
  assert.equal(plan.init, "systemd");
  const unit = plan.results.find(({ path }) => path === "/etc/systemd/system/tsv.service");
  assert.match(
    unit?.text ?? "",
    /ExecStart=\/usr\/local\/bin\/tsv daemon -n -c \/etc\/tsv\/tsv.conf/,
  );
  assert.equal(
    plan.results.some(({ kind }) => kind === "command"),
    false,
  );
  assert.deepEqual(picture(root), before);
});

e2e(
  "an image is set up, again nothing is to do, and uninstalling leaves no trace",
  skip,
  async (rig) => {
    const root = rig.path("image");
    makeImage(root);
    const before = picture(root);
    const install = ["install", "--boot", "--yes", "--root", root];
    assert.equal((await rig.tsv(...install)).status, 0);
    const lines = picture(root);
    for (const line of [
      /^\/etc\/tsv\/tsv\.conf file 640 0:999 /,
      /^\/etc\/tsv\/conf\.d directory 755 0:0$/,
      /^\/usr\/local\/bin\/tsv file 755 0:0 /,
      /^\/var\/log\/tsv directory 750 0:999$/,
      /^\/usr\/local\/share\/man\/man1\/tsv\.1 file 644 0:0 /,
      /^\/usr\/local\/share\/man\/man5\/tsv\.conf\.5 file 644 0:0 /,
      /^\/usr\/local\/share\/bash-completion\/completions\/tsv file 644 0:0 /,
      /^\/usr\/local\/share\/zsh\/site-functions\/_tsv file 644 0:0 /,
      /^\/usr\/local\/share\/fish\/vendor_completions\.d\/tsv\.fish file 644 0:0 /,
      /^\/etc\/systemd\/system\/multi-user\.target\.wants\/tsv\.service link \/etc\/systemd\/system\/tsv\.service$/,
    ]) {
      assert.ok(
        lines.some((one) => line.test(one)),
        `${line}\n${lines.join("\n")}`,
      );
    }
    assert.match(readFileSync(join(root, "etc/group"), "utf8"), /^tsv:x:999:$/m);
    const again = await rig.tsv(...install);
    assert.match(again.stdout, /Nothing to do/);
    assert.deepEqual(picture(root), lines);
    assert.equal((await rig.tsv("install", "--status", "--root", root)).status, 0);

    const plan = await rig.tsv("uninstall", "--dry-run", "--root", root);
    assert.equal(plan.status, 0, plan.stderr);
    assert.match(plan.stdout, /\/usr\/local\/bin\/tsv\s.*removed/);
    assert.match(plan.stdout, /Dry run: nothing was changed.*:\n\n {2}.*uninstall --root \S+\n$/);
    assert.deepEqual(picture(root), lines);

    assert.equal((await rig.tsv("uninstall", "--yes", "--root", root)).status, 0);
    assert.deepEqual(picture(root), before);
    assert.equal((await rig.tsv("install", "--status", "--root", root)).status, 3);
    assert.match((await rig.tsv("uninstall", "--yes", "--root", root)).stdout, /Nothing to do/);
  },
);

e2e("the configuration it makes has nothing that tsv check could find", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  await rig.tsv("install", "--yes", "--root", root);
  const conf = readFileSync(join(root, "etc/tsv/tsv.conf"), "utf8");
  // This machine has no group tsv, and none of the directories.
  const here = conf
    .replace("chown=root:tsv", "chown=root:root")
    .replace(/\/(?:run|var\/log)\/tsv\//g, `${rig.path("")}/`)
    .replace("childlogdir=/var/log/tsv", `childlogdir=${rig.path("")}`);
  writeFileSync(rig.path("made.conf"), here);
  const { status, stdout } = await rig.tsv("check", rig.path("made.conf"));
  assert.equal(status, 0, stdout);
  assert.doesNotMatch(stdout, /error/);
});

e2e("on a terminal it asks, and no is no", skip || withoutTerminal(), async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  const before = picture(root);
  const words = [TSV, "install", "--boot", "--root", root];
  const options = { cwd: "/", mark: rig.mark, columns: 200 };
  const first = new Typist(words, options);
  await first.cursorAfter(/Proceed\? \[y\/N\] $/);
  first.type("\r");
  await first.shows(/Nothing was changed/);
  assert.equal(await first.ended(), 1);
  assert.deepEqual(picture(root), before);

  const second = new Typist(words, options);
  await second.cursorAfter(/Proceed\? \[y\/N\] $/);
  second.type("y\r");
  assert.equal(await second.ended(), 0);

  const unit = join(root, "etc/systemd/system/tsv.service");
  const text = readFileSync(unit, "utf8");
  writeFileSync(unit, text.replace("Type=notify", "Type=simple"));
  const third = new Typist(words, options);
  await third.cursorAfter(/Replace \/etc\/systemd\/system\/tsv\.service\? \[y\/N\] $/);
  await third.shows(/-Type=simple/);
  third.type("y\r");
  await third.cursorAfter(/Proceed\? \[y\/N\] $/);
  third.type("yes\r");
  assert.equal(await third.ended(), 0);
  assert.equal(readFileSync(unit, "utf8"), text);
});
