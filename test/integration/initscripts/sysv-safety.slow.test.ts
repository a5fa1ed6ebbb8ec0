// The LSB script with a run directory that other users can write: they can neither mislead nor block it.

import assert from "node:assert/strict";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { posix } from "../../../src/host/posix.ts";
import { Script, SHELLS, testsOf } from "./sysv-rig.ts";

for (const shell of SHELLS) {
  const scriptTest = testsOf(shell);

  scriptTest("a file of the daemon's user in its run directory is not written to", async (t) => {
    const script = new Script(t, shell);
    const { daemon } = script;
    const precious = join(daemon.directory, "precious");
    writeFileSync(precious, "secret", { mode: 0o600 });
    await script.do("start");
    await script.do("stop");
    chownSync(daemon.run, 65534, 65534);
    for (const kind of ["err", "keeper", "daemon", "starting"]) {
      symlinkSync(precious, join(daemon.run, `${daemon.name}.${kind}`));
    }
    assert.equal((await script.do("start")).status, 0);
    assert.equal(statSync(daemon.beside("err")).uid, 0);
    assert.equal((await script.do("stop")).status, 0);
    assert.equal(readFileSync(precious, "utf8"), "secret");
  });

  scriptTest("a lock that others could take is recreated, without waiting for them", async (t) => {
    if (!existsSync("/usr/bin/flock")) return t.skip("flock is not installed");
    const script = new Script(t, shell);
    const lock = script.daemon.beside("starting");
    mkdirSync(script.daemon.run, { recursive: true });
    writeFileSync(lock, "", { mode: 0o644 });
    const holder = openSync(lock, "r");
    assert.equal(posix().flock(holder), 0);
    assert.equal((await script.do("start")).status, 0);
    assert.equal(statSync(lock).mode & 0o777, 0o600);
    closeSync(holder);
  });

  scriptTest("a start that hangs is reported, and abandoned after a limit", async (t) => {
    if (!existsSync("/usr/bin/flock")) return t.skip("flock is not installed");
    const script = new Script(t, shell, 1);
    const text = readFileSync(script.path, "utf8");
    writeFileSync(script.path, text.replace("start_seconds=60", "start_seconds=1"));
    const lock = script.daemon.beside("starting");
    mkdirSync(script.daemon.run, { recursive: true });
    writeFileSync(lock, "", { mode: 0o600 });
    const holder = openSync(lock, "r");
    assert.equal(posix().flock(holder), 0);
    const said = await script.do("start");
    assert.equal(said.status, 1);
    assert.match(
      said.err,
      /has not finished within 2 seconds; to find its process: fuser '.*\.starting'/,
    );
    assert.equal(script.daemon.pids.length, 0);
    closeSync(holder);
    assert.equal((await script.do("start")).status, 0);
  });
}
