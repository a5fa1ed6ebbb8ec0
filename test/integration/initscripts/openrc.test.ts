// What supervise-daemon of OpenRC runs, with a stand-in for the daemon and one for rc-service.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";

import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import { textOf, waitForChange } from "../../e2e/rig/watch.ts";
import { gone } from "../../rig/gone.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { templates } from "../../unit/install/services/samples.ts";
import { type Mode, StandIn } from "./stand-in.ts";

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

  /** The shell has a parent named supervise-daemon, which passes SIGTERM on. @returns the pid of the shell */
  async begin(): Promise<number> {
    const { directory } = this.daemon;
    const parent = join(directory, "supervise-daemon");
    copyFileSync("/bin/sh", parent);
    const onTerm = `echo stopped >>"${directory}/supervisor"; kill "$!"`;
    const wait =
      'while :; do wait "$!"; status=$?; kill -0 "$!" 2>/dev/null || exit "$status"; done';
    const run = `eval "$command $command_args &"; echo "$!" >"${directory}/shell"; ${wait}`;
    this.#spawn(parent, `trap '${onTerm}' TERM; ${run}`);
    const look = () => (this.daemon.read("shell") === "" ? undefined : this.daemon.read("shell"));
    return Number(await waitForChange(directory, look, "the pid of the shell"));
  }

  #spawn(shell: string, run: string): number {
    const PATH = `${this.daemon.directory}/bin:${process.env["PATH"] ?? ""}`;
    const line = `. "$0"; ${run}`;
    const stdio = ["ignore", "ignore", "inherit"] as const;
    this.#shell = spawn(shell, ["-c", line, this.script], { stdio: [...stdio], env: { PATH } });
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

/** What the daemon does, who gets which signal, the end of the shell, and how often the service is stopped. */
const ENDS: readonly (readonly [
  what: string,
  mode: Mode,
  signalled: "daemon" | "shell" | null,
  signal: NodeJS.Signals,
  end: number,
  stops: number,
])[] = [
  ["was asked to stop: its service is stopped", "run", "daemon", "SIGTERM", 0, 1],
  ["refuses its configuration: its service is stopped", "refuse", null, "SIGTERM", 2, 1],
  ["was killed: supervise-daemon starts it again", "run", "daemon", "SIGKILL", 137, 0],
  ["failed: supervise-daemon starts it again", "fail", null, "SIGTERM", 1, 0],
  ["is slow: the stop of the service is passed on, and waits", "slow", "shell", "SIGTERM", 0, 0],
  ["is deaf: its shell is killed", "deaf", "shell", "SIGKILL", 137, 0],
];

for (const [what, mode, signalled, signal, end, stops] of ENDS) {
  test(`a daemon that ${what}`, async (t) => {
    const service = new Service(t);
    const { daemon } = service;
    daemon.does(mode);
    const shell = await service.begin();
    if (signalled !== null) {
      const pid = await daemon.started(1);
      assert.equal(await service.written(), `${pid}\n`);
      process.kill(signalled === "shell" ? shell : pid, signal);
    }
    assert.equal(await service.ended(), end);
    assert.equal(service.stops, `${daemon.name} stop: 0\n`.repeat(stops));
    if (mode === "slow") assert.equal(daemon.read("ended"), `${daemon.pids[0]}\n`);
    if (mode !== "deaf") return;
    // The end of the service kills it.
    const [pid = 0] = daemon.pids;
    assert.ok(isAlive(pid));
    const { status } = spawnSync("/bin/sh", ["-c", '. "$0"; stop_post', service.script]);
    assert.equal(status, 0);
    await gone(pid);
    assert.ok(!existsSync(daemon.beside("daemon")));
  });
}

test("a late stop does not hit the daemon of a restart that came first", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  writeFileSync(join(daemon.directory, "late"), "");
  await service.begin();
  process.kill(await daemon.started(1), "SIGTERM");
  assert.equal(await service.ended(), 0);
  const look = () => (service.stops === "" ? undefined : service.stops);
  const stopped = await waitForChange(daemon.directory, look, "the end of the late stop");
  assert.equal(stopped, `${daemon.name} stop: 1\n`);
  const { status } = spawnSync("/bin/sh", ["-c", 'RC_CMD=stop; . "$0"; stop_pre', service.script]);
  assert.equal(status, 0, "any other stop is not refused");
});

test("a supervise-daemon whose service OpenRC takes for stopped is stopped itself", async (t) => {
  const service = new Service(t);
  const { daemon } = service;
  // rc-service says that the service is stopped already.
  writeFileSync(join(daemon.directory, "bin/rc-service"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await service.begin();
  process.kill(await daemon.started(1), "SIGTERM");
  assert.equal(await service.ended(), 0);
  assert.equal(daemon.read("supervisor"), "stopped\n");
});
