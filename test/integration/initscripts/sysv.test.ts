// The LSB script in every shell that may be /bin/sh: its exit statuses, what it keeps running, and the faults of Supervisor's
// contributed init scripts that it must not have.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { gone } from "../../rig/gone.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { suspend } from "../../rig/suspend.ts";
import { hasPending } from "./stand-in.ts";
import { Script, SHELLS, testsOf } from "./sysv-rig.ts";

/**
 * One step: an action with its exit status and its output, or a change and checks. In an output, NAME is the service and PID the
 * newest daemon; a string is all of it.
 */
type Step =
  | readonly [action: string, status: number, output?: string | RegExp]
  | ((script: Script) => void | Promise<void>);

const does =
  (mode: Parameters<Script["daemon"]["does"]>[0]): Step =>
  ({ daemon }) =>
    daemon.does(mode);

const pid = ({ daemon }: Script, index: number): number => daemon.pids.at(index) ?? 0;

/** The number of daemons that were started, and whether the newest runs. */
const started =
  (count: number, isRunning: boolean): Step =>
  (script) => {
    assert.equal(script.daemon.pids.length, count);
    assert.equal(isAlive(pid(script, -1)), isRunning);
  };

const SITUATIONS: Readonly<Record<string, readonly Step[]>> = {
  "start returns when the daemon is up, status reports it, stop ends everything": [
    ["status", 3, "NAME: is not running\n"],
    ["start", 0, "NAME: started\n"],
    started(1, true),
    ["status", 0, "NAME: is running (pid PID)\n"],
    ({ daemon }) => {
      assert.match(daemon.read("calls"), /^daemon -n -s -c .*it's\.conf\n$/);
      assert.equal(daemon.read("greetings"), "good day\n");
    },
    ["start", 0, "NAME: is already running (pid PID)\n"],
    ["reload", 0],
    ({ daemon }) => assert.match(daemon.read("calls"), /update -c .*it's\.conf\n$/),
    ["stop", 0, "NAME: stopped\n"],
    started(1, false),
    ["stop", 0],
    ["status", 3],
    ["reload", 7],
  ],
  "run and log directories that a boot has emptied are made, others stay": [
    ({ daemon }) => void mkdirSync(daemon.log, { recursive: true, mode: 0o700 }),
    ["start", 0],
    ({ daemon }) => {
      assert.equal(statSync(daemon.run).mode & 0o777, 0o755);
      assert.equal(statSync(daemon.log).mode & 0o777, 0o700);
    },
    ["stop", 0],
    ({ daemon }) => {
      for (const path of [daemon.log, daemon.run]) rmSync(path, { recursive: true });
    },
    ["start", 0],
    ({ daemon }) => assert.equal(statSync(daemon.log).mode & 0o777, 0o750),
  ],
  "a killed daemon is restarted after its programs were ended, and stop ends the new one": [
    ["start", 0],
    async (script) => {
      const { daemon } = script;
      const [left = 0] = daemon.programs;
      process.kill(pid(script, 0), "SIGKILL");
      await daemon.started(2);
      assert.notEqual(pid(script, 1), pid(script, 0));
      assert.ok(!isAlive(left), "the program of the killed daemon has ended");
      assert.ok(isAlive(daemon.programs[1] ?? 0), "that of the new one runs");
    },
    ["stop", 0],
    started(2, false),
  ],
  ...Object.fromEntries(
    [
      ["of an exited process", "4194000"],
      ["of another process", String(process.pid)],
      ["without a pid", ""],
      ["with something else", "garbage"],
      ["of the init system", "1"],
    ].map(([what, stale]): [string, Step[]] => [
      `pid files of before a power cut do not prevent a start: ${what}`,
      [
        ({ daemon }) => {
          mkdirSync(daemon.run, { recursive: true });
          for (const kind of ["keeper", "daemon"]) {
            writeFileSync(daemon.beside(kind), `${stale}\n`);
          }
        },
        ["status", 1],
        ["start", 0],
        ["stop", 0],
        ["status", 3],
      ],
    ]),
  ),
  "a daemon whose keeper was killed is known, stopped, and not started twice": [
    ["start", 0],
    (script) => void process.kill(script.keeper, "SIGKILL"),
    ["start", 0, /is already running/],
    ["stop", 0],
    started(1, false),
  ],
  "a keeper that is killed before it has passed a stop on stops the daemon all the same": [
    ["start", 0],
    async (script) => {
      const { keeper, daemon } = script;
      await suspend(keeper);
      const stopping = script.do("stop");
      await hasPending(keeper, "SIGTERM");
      process.kill(keeper, "SIGKILL");
      assert.equal((await stopping).status, 0);
      assert.equal(daemon.read("ended"), `${pid(script, 0)}\n`);
    },
  ],
  "restart waits for the end of a slow daemon, and try-restart starts none": [
    does("slow"),
    ["start", 0],
    ["restart", 0],
    (script) => assert.equal(script.daemon.read("ended"), `${pid(script, 0)}\n`),
    started(2, true),
    ["try-restart", 0],
    started(3, true),
    does("run"),
    ["stop", 0],
    ["try-restart", 0],
    started(3, false),
  ],
  "a daemon is not restarted with a configuration that has errors": [
    ["start", 0],
    ({ daemon }) => daemon.write("mistake", ""),
    ["restart", 6, /is not restarted[\s\S]*it's\.conf:1: a mistake/],
    ["try-restart", 6, /is not restarted[\s\S]*it's\.conf:1: a mistake/],
    // The configuration may use the settings of the service.
    ({ daemon }) => assert.equal(daemon.read("checked"), "good day\n"),
    started(1, true),
    ["stop", 0],
  ],
  "a configuration that is refused is shown, and not tried again": [
    does("unseen"),
    ["start", 1, "NAME: the daemon did not start:\nError: no such section\n"],
    ["status", 3],
    ({ daemon }) => assert.equal(daemon.read("calls").split("\n").length, 2),
  ],
  "a daemon that fails is tried again after a rest, which start and stop end": [
    does("fail"),
    ["start", 1],
    async (script) => {
      let resting = await script.do("status");
      // A second after the failure the next try is running for a moment.
      while (resting.status === 0) resting = await script.do("status");
      assert.equal(resting.status, 1);
      assert.match(resting.out, /has failed and will be started again/);
    },
    does("run"),
    ["start", 0],
    started(1, true),
    ["stop", 0],
    does("fail"),
    ["start", 1],
    ["stop", 0],
    ["status", 3],
  ],
  "a wrong path or a usage error is an error": [
    ({ daemon }) => unlinkSync(daemon.config),
    ["start", 6, /configuration .*it's\.conf is missing/],
    ({ daemon }) => unlinkSync(daemon.executable),
    ["start", 5, /tsv is missing or cannot be executed/],
    ["", 2],
    ["start now", 2],
    ["explode", 2, /unknown action 'explode'/],
  ],
  "only root can start or stop, and anybody can ask": [
    async (script) => {
      await script.command(["chmod", "755", script.daemon.directory]);
      const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", script.path];
      const refused = await script.command([...user, "start"]);
      assert.equal(refused.status, 4);
      assert.match(refused.err, /this needs root: sudo .*init\.d\/tsv-\w+ start/);
      assert.equal((await script.command([...user, "status"])).status, 3);
      await script.do("start");
      assert.equal((await script.command([...user, "status"])).status, 0);
    },
  ],
  "two starts at once start one daemon": [
    async (script) => {
      const both = await Promise.all([script.do("start"), script.do("start")]);
      assert.deepEqual(
        both.map(({ status }) => status),
        [0, 0],
      );
    },
    started(1, true),
  ],
};

async function follow(script: Script, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (typeof step === "function") {
      await step(script);
      continue;
    }
    const [action, status, output] = step;
    const done = await script.do(...action.split(" ").filter((word) => word !== ""));
    const text = done.out + done.err;
    assert.equal(done.status, status, `${action}: ${text}`);
    const named = text
      .replaceAll(script.daemon.name, "NAME")
      .replace(`(pid ${pid(script, -1)})`, "(pid PID)");
    if (typeof output === "string") assert.equal(named, output);
    else if (output !== undefined) assert.match(named, output);
  }
}

for (const shell of SHELLS) {
  const scriptTest = testsOf(shell);
  for (const [what, steps] of Object.entries(SITUATIONS)) {
    scriptTest(what, (t) => follow(new Script(t, shell), steps));
  }

  scriptTest("a daemon that does not end in time is killed, and that is an error", async (t) => {
    const script = new Script(t, shell, 1);
    const { daemon } = script;
    const isKilled = /did not stop within 1 seconds; the daemon is killed/;
    await follow(script, [does("deaf"), ["start", 0], ["stop", 1, isKilled]]);
    // Its program does not continue either.
    for (const one of [daemon.programs[0], daemon.pids[0]]) await gone(one ?? 0);
    await follow(script, [["status", 3]]);
  });
}
