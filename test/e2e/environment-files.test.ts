// env_file of real programs: on a disk that does not answer, and missing.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { environmentOf, ONCE, printing } from "./rig/printing.ts";
import { e2e } from "./rig/rig.ts";

e2e(
  "a file on a disk that does not answer delays its own program alone",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    writeFileSync(join(mount.backing, "a.env"), "A=1\n");
    await mount.stallBelow("a.env", "open");
    const daemon = await rig.startWith(
      [printing("web", `env_file=${mount.path}/a.env`), printing("good")].join("\n"),
    );
    await environmentOf(rig, daemon, "good");
    await daemon.logged(/'web' took longer than 5 seconds to read its env_file: ETIMEDOUT/);
    await mount.release();
    assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "1");
  },
);

e2e(
  "a start that lacks its file is a spawn error for every client (env-file-spawn-error)",
  async (rig) => {
    const daemon = await rig.startWith(
      [
        printing("missing", "env_file=%(here)s/missing.env", ONCE.trim()),
        printing("fails", "env_command=/bin/false", ONCE.trim()),
      ].join("\n"),
    );
    for (const name of ["missing", "fails"]) {
      const answer = await daemon.call("supervisor.startProcess", name);
      assert.deepEqual([answer.kind, answer.kind === "fault" && answer.code], ["fault", 50]);
      const { stdout } = await rig.ctl(TSV_BY_NAME, "start", name);
      assert.match(stdout, new RegExp(`^${name}: ERROR \\(spawn error\\)$`, "m"));
    }
    const { stdout } = await rig.verb("why", "missing");
    assert.match(stdout, /missing\.env:\s+it\s+does\s+not\s+exist/);
  },
);
