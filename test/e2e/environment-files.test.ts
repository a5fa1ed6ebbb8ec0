// env_file of real programs. A mistake in a file is reported with its place, and disturbs no other program.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { environmentOf, ONCE, printing, startError } from "./rig/printing.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

e2e("a file is read again at each start", async (rig) => {
  rig.write("a.env", "A=1\n");
  const daemon = await rig.startWith(printing("web", "env_file=%(here)s/a.env"));
  assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "1");
  rig.write("a.env", "A=2\n");
  await daemon.ask("stopProcess", "web");
  rig.write("web.out", "");
  await daemon.ask("startProcess", "web");
  assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "2");
});

e2e("a wrong file fails the start with its place, and nothing else", async (rig) => {
  const daemon = await rig.startWith(
    [
      printing("good"),
      printing("bad", "env_file=%(here)s/bad.env", ONCE.trim()),
      printing("missing", "env_file=%(here)s/missing.env", ONCE.trim()),
      printing("fifo", "env_file=%(here)s/fifo", ONCE.trim()),
      printing("large", "env_file=%(here)s/large.env", ONCE.trim()),
    ].join("\n"),
  );
  await environmentOf(rig, daemon, "good");
  const { pid } = await daemon.info("good");
  rig.write("bad.env", "A=1\nB=2\nPASSWORD='hunter2\n");
  rig.write("large.env", "A=1\n".repeat(300_000));
  execFileSync("mkfifo", [rig.path("fifo")]);
  assert.equal(
    await startError(daemon, "bad"),
    `env_file ${rig.path("bad.env")}:3:10: the quotation that begins here has no end`,
  );
  assert.match(await startError(daemon, "missing"), /missing\.env: it does not exist/);
  assert.match(await startError(daemon, "fifo"), /fifo: it is not a plain file/);
  assert.match(await startError(daemon, "large"), /large\.env: it is larger than 1 MB/);
  await daemon.logged(/spawnerr: env_file .*bad\.env:3:10/);
  assert.doesNotMatch(textOf(daemon.log), /hunter2/);
  rig.write("bad.env", "A=1\nB=2\nPASSWORD='hunter2'\n");
  await daemon.ask("startProcess", "bad");
  assert.equal((await environmentOf(rig, daemon, "bad")).get("PASSWORD"), "hunter2");
  assert.equal((await daemon.info("good"))["pid"], pid);
});

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
