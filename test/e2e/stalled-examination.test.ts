// Commands that examine files while a mount does not answer: they end, and name it.

import assert from "node:assert/strict";
import { copyFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const VERBS = [
  ["check", /command: \S+ was not checked: its file system \S+ does not answer/],
  ["doctor", /its file system does not answer/],
  ["why", /its file system does not answer/],
] as const;

e2e(
  "check, doctor and why end while the mount of a program does not answer, and name it",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t, deaf: true });
    copyFileSync("/bin/sleep", join(mount.backing, "app"));
    symlinkSync(join(mount.path, "app"), rig.path("linked"));
    const daemon = await rig.startWith(
      `[program:s]\ncommand=${mount.path}/app 1000\n[program:l]\ncommand=%(here)s/linked 1000\n` +
        "[program:x]\ncommand=/none/x\n",
    );
    await daemon.logged(/success: s entered/);
    await mount.stall();
    for (const [verb, expected] of VERBS) {
      const words = verb === "why" ? ["s"] : [];
      const outcome = await rig.command([TSV, verb, ...words, "-c", rig.path("d.conf")]);
      const said = (outcome.stdout + outcome.stderr).replaceAll(/\s+/g, " ");
      assert.match(said, expected, verb);
      if (verb === "why") continue;
      assert.match(said, /\/none\/x/, "the rest is examined");
      assert.match(said, /linked/, "a symlink that leads there, too");
    }
    await mount.release();
  },
);
