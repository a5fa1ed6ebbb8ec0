// Another user of the host cannot mislead root's doctor.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync } from "node:fs";
import { event } from "../rig/wait.ts";
import { doctor, lonelyDoctor, readSaid, type Said } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const skip = withoutRoot();
const NOBODY = 65534;
const CONFIG = "[supervisord]\nlogfile=/dev/null\npidfile=%(here)s/d.pid\n";

/** Does something while there is a process whose command line says that it is a daemon of this configuration. */
async function besides(
  rig: Rig,
  config: string,
  uid: number,
  action: () => Promise<void>,
): Promise<void> {
  rig.write("daemon", "echo up; read line\n");
  const words = ["daemon", "-c", config];
  const options = { argv0: "tsv", uid, cwd: rig.directory } as const;
  const child = spawn("/bin/sh", words, { ...options, stdio: ["pipe", "pipe", "inherit"] });
  try {
    await event(child.stdout, "data");
    await action();
  } finally {
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
  }
}

async function said(rig: Rig): Promise<Said> {
  const { stdout } = await doctor(rig, ["socket", "--json"]);
  return readSaid(stdout);
}

e2e("another user's process does not choose the configuration for root", skip, async (rig) => {
  const config = rig.write("evil.conf", CONFIG);
  chmodSync(rig.directory, 0o755);
  await besides(rig, config, NOBODY, async () => {
    assert.notEqual((await said(rig)).config, config);
  });
});

e2e(
  "another user's process is not accepted as root's daemon, nor its variables",
  skip,
  async (rig) => {
    const text = `${CONFIG}[program:x]\ncommand=true\nstdout_logfile=%(ENV_EVIL)s\n`;
    const config = rig.write("d.conf", text);
    chmodSync(rig.directory, 0o755);
    process.env["EVIL"] = "/etc/shadow";
    const examined = besides(rig, config, NOBODY, async () => {
      delete process.env["EVIL"];
      const { stdout } = await doctor(rig, ["--json", "--config", config]);
      assert.equal(readSaid(stdout).daemonPid, null);
      assert.doesNotMatch(stdout, /etc\/shadow/);
    });
    await examined;
  },
);

e2e(
  "another user's configuration in the current directory is not that of root",
  skip,
  async (rig) => {
    const logs = rig.path("logs");
    const text = `[supervisord]\nlogfile=${logs}/x.log\npidfile=${rig.path("d.pid")}\n`;
    const config = rig.write("supervisord.conf", text);
    for (const path of [config, rig.directory]) chownSync(path, NOBODY, NOBODY);
    chmodSync(rig.directory, 0o755);
    const found = await lonelyDoctor(rig, ["logs", "--fix", "--yes"]);
    assert.doesNotMatch(`${found.stdout}${found.stderr}`, /install -d|supervisord\.conf: /);
    assert.ok(!existsSync(logs));
    const named = await doctor(rig, ["logs", "--fix", "--yes", "--config", config]);
    assert.equal(named.stderr, "");
    assert.ok(existsSync(logs));
  },
);
