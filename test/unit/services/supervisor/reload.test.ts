// Reloads by a signal or a command: what callers are answered, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "../../../../src/core/base/result.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { type Fault, faultText } from "../../../../src/core/xmlrpc/faults.ts";
import { type Rig, tick } from "./rig.ts";
import { running, WEB, web } from "./web-rig.ts";

class Reloading {
  outcome = "pending";
  readonly rig: Rig;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  async begin(): Promise<this> {
    const show = (answer: Result<string, Fault>): string =>
      answer.ok ? answer.value : faultText(answer.error);
    void this.rig.supervisor.reloadProcess(WEB).then((answer) => {
      this.outcome = show(answer);
    });
    await tick();
    return this;
  }

  /** The command that runs. */
  command() {
    const [check] = this.rig.checker.pending;
    assert.ok(check?.target.kind === "exec");
    return { ...check.target.command, tell: check.tell };
  }
}

function reload(rig: Rig): Promise<Reloading> {
  return new Reloading(rig).begin();
}

const COMMAND: Partial<ProcessConfig> = { reloadCommand: "/bin/web reload", directory: "/srv" };

test("a reload sends the signal of the definition", async () => {
  const rig = running({ reloadSignal: 1 });
  assert.equal((await reload(rig)).outcome, "SIGHUP sent");
  assert.deepEqual(rig.spawner.signals, [{ pid: 100, signal: 1, target: "process" }]);
});

test("a reload runs the command in the directory of the program, with its pid", async () => {
  const rig = running({ ...COMMAND, reloadSignal: 1, environment: { A: "1", TSV_PID: "x" } });
  const reloading = await reload(rig);
  const { argv, cwd, env, use, tell } = reloading.command();
  assert.deepEqual([argv, cwd, use], [["/bin/web", "reload"], "/srv", "reload"]);
  assert.ok(env.includes("A=1") && env.includes("SUPERVISOR_PROCESS_NAME=web"), env.join("\n"));
  assert.deepEqual(
    env.filter((each) => each.startsWith("TSV_PID=")),
    ["TSV_PID=100"],
  );
  assert.equal(reloading.outcome, "pending");
  tell({ ok: true, text: "exit status 0" });
  await tick();
  assert.equal(reloading.outcome, "reloaded");
  assert.deepEqual(rig.spawner.signals, []);
});

test("a command that fails is a failure of the reload, with its last line", async () => {
  const reloading = await reload(running(COMMAND));
  reloading.command().tell({ ok: false, text: "exit status 2: line 3: syntax error" });
  await tick();
  assert.equal(reloading.outcome, "FAILED: exit status 2: line 3: syntax error");
});

test("a program has one reload at a time, and the next one after it", async () => {
  const rig = running(COMMAND);
  const first = await reload(rig);
  const second = await reload(rig);
  assert.equal(second.outcome, "FAILED: the last reload_command still runs");
  first.command().tell({ ok: true, text: "exit status 0" });
  await tick();
  assert.equal((await reload(rig)).outcome, "pending");
});

test("the exit of the program ends its reload, and the command", async () => {
  const rig = running(COMMAND);
  const reloading = await reload(rig);
  rig.die("web:web");
  await tick();
  assert.equal(reloading.outcome, "FAILED: it has exited");
  assert.equal(rig.checker.pending.size, 0);
});

test("an upgrade does not wait for a reload", async () => {
  const rig = running(COMMAND);
  const reloading = await reload(rig);
  rig.supervisor.upgrade.abandonWaiting();
  await tick();
  assert.match(reloading.outcome, /^FAILED: the daemon is being upgraded/);
  assert.equal(rig.checker.pending.size, 0);
});

test("a program without either option, or that is down, is not reloaded", async () => {
  const plain = await reload(running());
  assert.match(plain.outcome, /^NO_FILE: no reload_signal= or reload_command= in \[/);
  const down = await reload(web({ autostart: false, reloadSignal: 1 }));
  assert.equal(down.outcome, "NOT_RUNNING: web");
});
