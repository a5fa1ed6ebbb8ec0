// tsv restart stops no program whose command cannot be started again at present: it is gone, or on a file system that does not answer.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import { e2e } from "./rig/rig.ts";

const HANGING: readonly (readonly [title: string, section: (mount: StallingMount) => string])[] = [
  ["command", (mount) => `command=${mount.path}/bin/snooze 1000\n`],
  ["directory", (mount) => `command=sleep 1000\ndirectory=${mount.path}/bin\n`],
  ["env_file", (mount) => `command=sleep 1000\nenv_file=${mount.path}/bin/env\n`],
];

for (const [title, section] of HANGING) {
  e2e(
    `a program whose ${title} is on a mount that does not answer is not stopped by restart`,
    withoutStallingMount(),
    async (rig, t) => {
      const mount = await mountStalling({ t });
      mkdirSync(join(mount.backing, "bin"));
      copyFileSync("/bin/sleep", join(mount.backing, "bin/snooze"));
      writeFileSync(join(mount.backing, "bin/env"), "A=1\n");
      const daemon = await rig.startWith(
        `[program:x]\n${section(mount)}[program:y]\ncommand=sleep 1000\n`,
      );
      await daemon.logged(/success: \w entered/, 2);
      const [x, y] = [await daemon.info("x"), await daemon.info("y")];
      await mount.stall();
      const refused = await rig.tsv("restart", "x", "y", "-c", daemon.config);
      assert.match(refused.stdout, /^x: ERROR \('x' took longer than 5 seconds to .*ETIMEDOUT\)$/m);
      assert.match(refused.stdout, /^y: started$/m);
      assert.match(refused.stderr.replaceAll(/\s+/g, " "), /x was not restarted/);
      assert.equal(refused.status, 1);
      assert.equal((await daemon.info("x"))["pid"], x["pid"]);
      assert.notEqual((await daemon.info("y"))["pid"], y["pid"]);
      await mount.release();
      const { status, stdout } = await rig.tsv("restart", "x", "-c", daemon.config);
      assert.deepEqual([status, stdout], [0, "x: stopped\nx: started\n"]);
    },
  );
}

e2e(
  "restart of a group whose command is gone stops none of it, and supervisorctl does",
  async (rig) => {
    const snooze = rig.path("snooze");
    copyFileSync("/bin/sleep", snooze);
    const daemon = await rig.startWith(
      `[program:x]\ncommand=${snooze} 1000\n[program:y]\ncommand=sleep 1000\n[group:g]\nprograms=x,y\n`,
    );
    await daemon.logged(/success: \w entered/, 2);
    unlinkSync(snooze);
    for (const name of ["g:*", "all", "g:x"]) {
      const { stdout, stderr, status } = await rig.tsv("restart", name, "-c", daemon.config);
      assert.deepEqual([stdout, status], ["g:x: ERROR (no such file)\n", 1], name);
      assert.match(stderr.replaceAll(/\s+/g, " "), /not restarted.* tsv why g:x/);
    }
    const json = await rig.tsv("restart", "--json", "g:*", "-c", daemon.config);
    assert.match(json.stdout, /"error":"no such file"/);
    assert.equal((await daemon.info("g:x"))["statename"], "RUNNING");
    const plain = await rig.tsv("ctl", "-c", daemon.config, "restart", "g:x");
    assert.equal(plain.stdout, "g:x: stopped\ng:x: ERROR (no such file)\n");
  },
);
