// What supervise-daemon of OpenRC runs, with a stand-in for the daemon and one for rc-service.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";

import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import { textOf, waitForChange } from "../../e2e/rig/watch.ts";
import { gone } from "../../rig/gone.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { templates } from "../../unit/install/services/samples.ts";
import { StandIn } from "./stand-in.ts";

/** The service script, and the shell that supervise-daemon starts. */
class Service {
  readonly daemon: StandIn;
  readonly script: string;
  #shell: ChildProcess | null = null;

  constructor(t: TestContext) {
    this.daemon = new StandIn(t, () => this.#end());
    const [file] = INIT_SYSTEMS.openrc.service(this.daemon.service(), templates).files;
    this.script = join(this.daemon.directory, "script");
    writeFileSync(this.script, file?.text ?? "");
    mkdirSync(dirname(this.daemon.run), { recursive: true });
    // Signals the shell, as supervise-daemon does when the service is stopped.
    const stop = `#!/bin/sh
shell=$PPID
[ ! -e '${this.daemon.directory}/late' ] || { kill -TERM "$shell"; while kill -0 "$shell" 2>/dev/null; do sleep 0.01; done; }
export RC_CMD=stop RC_OPENRC_PID="$$"
sh -c '. "$0"; stop_pre' '${this.script}'
status=$?
echo "$*$TSV_SERVICE_WORD: $status" >>'${this.daemon.directory}/stops'
[ "$status" != 0 ] || kill -TERM "$shell"
`;
    mkdirSync(join(this.daemon.directory, "bin"));
    writeFileSync(join(this.daemon.directory, "bin/rc-service"), stop, { mode: 0o755 });
  }

  /** @returns the pid of the shell */
  begin(): number {
    const PATH = `${this.daemon.directory}/bin:${process.env["PATH"] ?? ""}`;
    const line = '. "$0"; eval "exec $command $command_args"';
    const stdio = ["ignore", "ignore", "inherit"] as const;
    this.#shell = spawn("/bin/sh", ["-c", line, this.script], { stdio: [...stdio], env: { PATH } });
    return this.#shell.pid ?? 0;
  }

  /** @returns the exit status, or the signal */
  async ended(): Promise<unknown> {
    if (this.#shell === null) return null;
    const { exitCode, signalCode } = this.#shell;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const [status, signal] = await once(this.#shell, "exit");
    return status ?? signal;
  }

  /** The file with the daemon's pid. It is written after the start. */
  written(): Promise<string> {
    const path = this.daemon.beside("daemon");
    const look = () => (textOf(path) === "" ? undefined : textOf(path));
    return waitForChange(dirname(path), look, "the pid of the daemon");
  }

  /** Of rc-service. */
  get stops(): string {
    return this.daemon.read("stops");
  }

  async #end(): Promise<void> {
    this.#shell?.kill("SIGTERM");
    await this.ended();
    for (const pid of this.daemon.programs.filter(isAlive)) process.kill(pid, "SIGKILL");
  }
}

test("a daemon that was asked to stop, or refuses its configuration, has its service stopped", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  const stop = `${daemon.name} stop: 0\n`;
  service.begin();
  process.kill(await daemon.started(1), "SIGTERM");
  assert.equal(await service.ended(), 0);
  assert.equal(service.stops, stop);
  assert.ok(!existsSync(daemon.beside("daemon")));
  daemon.does("refuse");
  service.begin();
  assert.equal(await service.ended(), 2);
  assert.equal(service.stops, stop + stop);
});

test("a late stop does not hit the daemon of a restart that came first", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  writeFileSync(join(daemon.directory, "late"), "");
  service.begin();
  process.kill(await daemon.started(1), "SIGTERM");
  assert.equal(await service.ended(), 0);
  const look = () => (service.stops === "" ? undefined : service.stops);
  const stopped = await waitForChange(daemon.directory, look, "the end of the late stop");
  assert.equal(stopped, `${daemon.name} stop: 1\n`);
  const { status } = spawnSync("/bin/sh", ["-c", 'RC_CMD=stop; . "$0"; stop_pre', service.script]);
  assert.equal(status, 0, "any other stop is not refused");
});

test("a daemon that was killed or failed is left to supervise-daemon, which starts it again", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  service.begin();
  process.kill(await daemon.started(1), "SIGKILL");
  assert.equal(await service.ended(), 137);
  daemon.does("fail");
  service.begin();
  assert.equal(await service.ended(), 1);
  assert.equal(service.stops, "");
});

test("the stop of the service is passed on to the daemon and waits for it", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  daemon.does("slow");
  const shell = service.begin();
  const pid = await daemon.started(1);
  assert.equal(await service.written(), `${pid}\n`);
  process.kill(shell, "SIGTERM");
  assert.equal(await service.ended(), 0);
  assert.equal(daemon.read("ended"), `${pid}\n`);
  assert.equal(service.stops, "");
});

test("a daemon whose shell had to be killed is killed, too", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  daemon.does("deaf");
  const shell = service.begin();
  const pid = await daemon.started(1);
  await service.written();
  process.kill(shell, "SIGKILL");
  assert.equal(await service.ended(), "SIGKILL");
  assert.ok(isAlive(pid));
  const { status } = spawnSync("/bin/sh", ["-c", '. "$0"; stop_post', service.script]);
  assert.equal(status, 0);
  await gone(pid);
  assert.ok(!existsSync(daemon.beside("daemon")));
});
