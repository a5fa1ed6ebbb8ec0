// The LSB script in every shell that may be /bin/sh: what it answers, what it keeps running, and the faults of
// Supervisor's contributed init scripts that it must not have.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { gone } from "../../rig/gone.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { hasPending } from "./stand-in.ts";
import { Script, SHELLS, testsOf } from "./sysv-rig.ts";

for (const shell of SHELLS) {
  const scriptTest = testsOf(shell);

  scriptTest(
    "start returns when the daemon is up, status reports it, stop ends everything",
    async (t) => {
      const script = new Script(t, shell);
      assert.deepEqual(await script.do("status"), {
        status: 3,
        out: `${script.daemon.name}: is not running\n`,
        err: "",
      });
      assert.deepEqual(await script.do("start"), {
        status: 0,
        out: `${script.daemon.name}: started\n`,
        err: "",
      });
      const [pid = 0] = script.daemon.pids;
      assert.ok(isAlive(pid));
      assert.deepEqual(await script.do("status"), {
        status: 0,
        out: `${script.daemon.name}: is running (pid ${pid})\n`,
        err: "",
      });
      assert.match(script.daemon.read("calls"), /^daemon -n -s -c .*it's\.conf\n$/);
      assert.equal(script.daemon.read("greetings"), "good day\n");
      assert.deepEqual(await script.do("start"), {
        status: 0,
        out: `${script.daemon.name}: is already running (pid ${pid})\n`,
        err: "",
      });
      assert.equal((await script.do("reload")).status, 0);
      assert.match(script.daemon.read("calls"), /update -c .*it's\.conf\n$/);
      assert.deepEqual(await script.do("stop"), {
        status: 0,
        out: `${script.daemon.name}: stopped\n`,
        err: "",
      });
      assert.ok(!isAlive(pid));
      assert.equal((await script.do("stop")).status, 0);
      assert.equal((await script.do("status")).status, 3);
      assert.equal((await script.do("reload")).status, 7);
    },
  );

  scriptTest("run and log directories that a boot has emptied are made, others stay", async (t) => {
    const script = new Script(t, shell);
    mkdirSync(script.daemon.log, { recursive: true, mode: 0o700 });
    await script.do("start");
    assert.equal(statSync(script.daemon.run).mode & 0o777, 0o755);
    assert.equal(statSync(script.daemon.log).mode & 0o777, 0o700);
    await script.do("stop");
    rmSync(script.daemon.log, { recursive: true });
    rmSync(script.daemon.run, { recursive: true });
    assert.equal((await script.do("start")).status, 0);
    assert.equal(statSync(script.daemon.log).mode & 0o777, 0o750);
  });

  scriptTest("a killed daemon is restarted, and stop still ends it", async (t) => {
    const script = new Script(t, shell);
    await script.do("start");
    const [first = 0] = script.daemon.pids;
    process.kill(first, "SIGKILL");
    await script.daemon.started(2);
    const second = script.daemon.pids[1] ?? 0;
    assert.ok(second !== first && isAlive(second));
    assert.equal((await script.do("stop")).status, 0);
    assert.ok(!isAlive(second));
    assert.equal(script.daemon.pids.length, 2);
  });

  scriptTest("programs that a killed daemon has left are ended before the next one", async (t) => {
    const script = new Script(t, shell);
    const { daemon } = script;
    await script.do("start");
    const [left = 0] = daemon.programs;
    assert.ok(isAlive(left));
    process.kill(daemon.pids[0] ?? 0, "SIGKILL");
    await daemon.started(2);
    assert.ok(!isAlive(left), "the program of the killed daemon is gone");
    assert.ok(isAlive(daemon.programs[1] ?? 0), "that of the new one is not");
  });

  scriptTest("pid files of before a power cut are no reason not to start", async (t) => {
    const script = new Script(t, shell);
    mkdirSync(script.daemon.run, { recursive: true });
    // The pid of an exited process, of an unrelated process, and of none.
    for (const stale of ["4194000", String(process.pid), "", "garbage", "1"]) {
      for (const kind of ["keeper", "daemon"]) {
        writeFileSync(script.daemon.beside(kind), `${stale}\n`);
      }
      assert.equal((await script.do("status")).status, 1, stale);
      assert.equal((await script.do("start")).status, 0, stale);
      assert.equal((await script.do("stop")).status, 0, stale);
      assert.equal((await script.do("status")).status, 3, stale);
    }
    assert.ok(isAlive(process.pid));
  });

  scriptTest(
    "a daemon whose keeper was killed is known, stopped, and not started twice",
    async (t) => {
      const script = new Script(t, shell);
      await script.do("start");
      process.kill(script.keeper, "SIGKILL");
      assert.match((await script.do("start")).out, /is already running/);
      assert.equal((await script.do("stop")).status, 0);
      assert.ok(!isAlive(script.daemon.pids[0] ?? 0));
      assert.equal(script.daemon.pids.length, 1);
    },
  );

  scriptTest(
    "a keeper that is killed before it has passed a stop on stops it all the same",
    async (t) => {
      const script = new Script(t, shell);
      await script.do("start");
      const { keeper } = script;
      process.kill(keeper, "SIGSTOP");
      const stopping = script.do("stop");
      await hasPending(keeper, "SIGTERM");
      process.kill(keeper, "SIGKILL");
      assert.equal((await stopping).status, 0);
      assert.equal(script.daemon.read("ended"), `${script.daemon.pids[0]}\n`);
    },
  );

  scriptTest("restart waits for the end of a slow daemon", async (t) => {
    const script = new Script(t, shell);
    script.daemon.does("slow");
    await script.do("start");
    assert.equal((await script.do("restart")).status, 0);
    assert.equal(script.daemon.read("ended"), `${script.daemon.pids[0]}\n`);
    assert.equal(script.daemon.pids.length, 2);
    assert.equal((await script.do("try-restart")).status, 0);
    assert.equal(script.daemon.pids.length, 3);
    script.daemon.does("run");
    await script.do("stop");
    assert.equal((await script.do("try-restart")).status, 0);
    assert.equal(script.daemon.pids.length, 3);
  });

  scriptTest("a daemon is not restarted with a configuration that has errors", async (t) => {
    const script = new Script(t, shell);
    await script.do("start");
    const { pids } = script.daemon;
    script.daemon.write("mistake", "");
    for (const action of ["restart", "try-restart"]) {
      const { status, err } = await script.do(action);
      assert.equal(status, 6, action);
      assert.match(err, /is not restarted[\s\S]*it's\.conf:1: a mistake/);
      // The configuration may use what the settings of the service say.
      assert.equal(script.daemon.read("checked"), "good day\n");
    }
    assert.deepEqual(script.daemon.pids, pids);
    assert.ok(isAlive(pids[0] ?? 0));
    assert.equal((await script.do("stop")).status, 0);
  });

  scriptTest("a daemon that does not end in time is killed, and that is an error", async (t) => {
    const script = new Script(t, shell, 1);
    script.daemon.does("deaf");
    await script.do("start");
    const said = await script.do("stop");
    assert.equal(said.status, 1);
    assert.match(said.err, /did not stop within 1 seconds; the daemon is killed/);
    // Nor does its program go on alone.
    for (const pid of [script.daemon.programs[0], script.daemon.pids[0]]) await gone(pid ?? 0);
    assert.equal((await script.do("status")).status, 3);
  });

  scriptTest("a configuration that is refused is shown, and not tried again", async (t) => {
    const script = new Script(t, shell);
    script.daemon.does("unseen");
    const said = await script.do("start");
    assert.equal(said.status, 1);
    assert.equal(
      said.err,
      `${script.daemon.name}: the daemon did not start:\nError: no such section\n`,
    );
    assert.equal((await script.do("status")).status, 3);
    assert.equal(script.daemon.read("calls").split("\n").length, 2);
  });

  scriptTest(
    "a daemon that fails is tried again after a rest, which start and stop end",
    async (t) => {
      const script = new Script(t, shell);
      script.daemon.does("fail");
      assert.equal((await script.do("start")).status, 1);
      let resting = await script.do("status");
      // A second after the failure the next try is running for a moment.
      while (resting.status === 0) resting = await script.do("status");
      assert.equal(resting.status, 1);
      assert.match(resting.out, /has failed and will be started again/);
      script.daemon.does("run");
      assert.equal((await script.do("start")).status, 0);
      assert.equal(script.daemon.pids.length, 1);
      await script.do("stop");
      script.daemon.does("fail");
      await script.do("start");
      assert.equal((await script.do("stop")).status, 0);
      assert.equal((await script.do("status")).status, 3);
    },
  );

  scriptTest("a wrong path is an error, not a success", async (t) => {
    const script = new Script(t, shell);
    unlinkSync(script.daemon.config);
    const unconfigured = await script.do("start");
    assert.equal(unconfigured.status, 6);
    assert.match(unconfigured.err, /configuration .*it's\.conf is missing/);
    unlinkSync(script.daemon.executable);
    const absentProgram = await script.do("start");
    assert.equal(absentProgram.status, 5);
    assert.match(absentProgram.err, /tsv is missing or cannot be executed/);
  });

  scriptTest("a usage error is 2, and only root can start or stop", async (t) => {
    const script = new Script(t, shell);
    assert.equal((await script.do()).status, 2);
    assert.equal((await script.do("start", "now")).status, 2);
    const unknown = await script.do("explode");
    assert.equal(unknown.status, 2);
    assert.match(unknown.err, /unknown action 'explode'/);
    await script.command(["chmod", "755", script.daemon.directory]);
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", script.path];
    const refused = await script.command([...user, "start"]);
    assert.equal(refused.status, 4);
    assert.match(refused.err, /this needs root: sudo .*init\.d\/tsv-\w+ start/);
    assert.equal((await script.command([...user, "status"])).status, 3);
    await script.do("start");
    assert.equal((await script.command([...user, "status"])).status, 0);
  });

  scriptTest("two starts at once start one daemon", async (t) => {
    const script = new Script(t, shell);
    const both = await Promise.all([script.do("start"), script.do("start")]);
    assert.deepEqual(
      both.map(({ status }) => status),
      [0, 0],
    );
    assert.equal(script.daemon.pids.length, 1);
  });
}
