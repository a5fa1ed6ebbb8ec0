// A fleet of a test: nats-server, the hub's part that carries out roll-outs, and devices, each a daemon with an agent as one of its programs.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RolloutSpec, RolloutState } from "../../../src/core/fleet/rollout.ts";
import {
  readState,
  rolloutId,
  rolloutKey,
  specText,
} from "../../../src/core/fleet/rollout-text.ts";
import {
  BUCKETS,
  devicePermissions,
  hubPermissions,
  type SubjectPermissions,
} from "../../../src/core/fleet/subjects.ts";
import { type Entry, lastEntry, putEntry } from "../../../src/fleet/nats/buckets.ts";
import { connect, type Membership, type Session } from "../../../src/fleet/nats/connection.ts";
import { type NatsServer, startNats } from "../../rig/nats-server.ts";
import { event, until } from "../../rig/wait.ts";
import { collect, type Outcome, plainEnvironment } from "./command.ts";
import { Daemon } from "./daemon.ts";
import { TSV_BY_NAME } from "./implementation.ts";
import { BASE, type Rig } from "./rig.ts";

const MAIN = fileURLToPath(new URL("../../rig/fleet-main.js", import.meta.url));

export class Fleet {
  readonly rig: Rig;
  readonly server: NatsServer;
  readonly session: Session;
  readonly devices = new Map<string, Daemon>();
  readonly #hub: Membership;
  #hubProcess: ChildProcess | null = null;
  #output = "";

  constructor(rig: Rig, server: NatsServer, session: Session, hub: Membership) {
    this.rig = rig;
    this.server = server;
    this.session = session;
    this.#hub = hub;
  }

  startHub(): void {
    const child = spawn(process.execPath, [MAIN, "hub", JSON.stringify(this.#hub)], {
      env: plainEnvironment(this.rig.mark),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = collect(child);
    const before = this.#output;
    this.#hubProcess = child;
    Object.defineProperty(this, "hubOutput", {
      configurable: true,
      get: () => before + output.stdout() + output.stderr(),
    });
  }

  async killHub(): Promise<void> {
    const child = this.#hubProcess;
    if (child === null) return;
    this.#hubProcess = null;
    const gone = event(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts the daemon of a device, with its agent. */
  async addDevice(name: string): Promise<Daemon> {
    const membership = await this.server.admit(name, devicePermissions(name));
    const directory = this.rig.path(name);
    mkdirSync(this.rig.path(`${name}/conf.d`), { recursive: true });
    const config = `${directory}/d.conf`;
    const words = [process.execPath, MAIN, "device", `'${JSON.stringify(membership)}'`, config];
    this.rig.write(
      `${name}/d.conf`,
      `${BASE}\n[include]\nfiles=conf.d/*.conf\n\n[program:tsv-fleet]\ncommand=${words.join(" ")}\nautorestart=true\n` +
        `stdout_logfile=${directory}/agent.log\nredirect_stderr=true\n`,
    );
    const { mark } = this.rig;
    const daemon = new Daemon({ implementation: TSV_BY_NAME, directory, mark, config });
    this.devices.set(name, daemon);
    await daemon.ready();
    return daemon;
  }

  /** Starts the daemon of a device again. */
  async restartDevice(name: string): Promise<void> {
    const { directory, config } = this.device(name);
    const { mark } = this.rig;
    // Its first lines say that the daemon is up.
    rmSync(`${directory}/d.log`, { force: true });
    const daemon = new Daemon({ implementation: TSV_BY_NAME, directory, mark, config });
    this.devices.set(name, daemon);
    await daemon.ready();
  }

  async abort(id: string, by: string): Promise<void> {
    const put = await putEntry(this.session, "rollouts", rolloutKey(id, "abort"), by);
    assert.ok(put.ok);
  }

  /** Writes the inventory of an operator with these permissions. */
  async addOperator(name: string, permissions: SubjectPermissions): Promise<string> {
    const { url, key, ca } = await this.server.admit(name, permissions);
    const text = `[fleet]\nurl=${url}\nname=${name}\nkey=${key}\nca=${ca}\n`;
    return this.rig.write(`${name}.conf`, text);
  }

  /** Runs a verb of roll-outs as an operator. */
  verb(inventory: string, ...words: readonly string[]): Promise<Outcome> {
    return this.rig.command([process.execPath, MAIN, "verb", ...words, "--inventory", inventory]);
  }

  device(name: string): Daemon {
    return this.devices.get(name) ?? assert.fail(`no device ${name}`);
  }

  /** The file that the fleet wrote; null without one. */
  file(name: string): string | null {
    const path = this.rig.path(`${name}/conf.d/fleet-desired.conf`);
    return existsSync(path) ? readFileSync(path, "utf8").replace(/^;.*\n/, "") : null;
  }

  agentLog(name: string): string {
    return readFileSync(this.rig.path(`${name}/agent.log`), "utf8");
  }

  /** Asks for a roll-out. @returns its id */
  async roll(asked: Partial<RolloutSpec> & Pick<RolloutSpec, "content">): Promise<string> {
    const devices = asked.devices ?? [...this.devices.keys()];
    const spec: RolloutSpec = {
      ...{ by: "ann", at: "2026-01-01T00:00:00Z", devices, waves: [devices.length] },
      ...{ maxFailures: 0, limitMs: 60_000, requireAll: false, settleMs: 0, ...asked },
    };
    const id = rolloutId(
      new Date().toISOString(),
      Math.random().toString(36).slice(2, 6).padEnd(4, "0"),
    );
    this.#specs.set(id, spec);
    const put = await putEntry(this.session, "rollouts", rolloutKey(id, "spec"), specText(spec));
    assert.ok(put.ok, JSON.stringify(put));
    return id;
  }

  readonly #specs = new Map<string, RolloutSpec>();

  async state(id: string): Promise<RolloutState | null> {
    const spec = this.#specs.get(id) ?? assert.fail(id);
    const entry = await lastEntry(this.session, "rollouts", rolloutKey(id, "state"));
    assert.ok(entry.ok);
    return entry.value?.text == null ? null : readState(entry.value.text, spec);
  }

  /** Waits until a roll-out is as it should be. */
  async reaches(id: string, is: (state: RolloutState) => boolean): Promise<RolloutState> {
    let last: RolloutState | null = null;
    return await until(
      async () => {
        last = await this.state(id);
        return last !== null && is(last) ? last : undefined;
      },
      {
        what: `roll-out ${id}`,
        timeoutMs: 60_000,
        left: () => `${JSON.stringify(last)}\n${this.#left()}`,
      },
    );
  }

  /** Waits for its end. @returns the progress of each device, in order */
  async ends(
    id: string,
  ): Promise<{ readonly phase: string; readonly progress: string; readonly why: string }> {
    const { phase, devices, why } = await this.reaches(id, (each) =>
      /^(?:done|stopped)$/.test(each.phase),
    );
    return { phase, why, progress: devices.map(({ progress }) => progress).join(" ") };
  }

  async desired(name: string): Promise<Entry | null> {
    const entry = await lastEntry(this.session, "desired", name);
    return entry.ok ? entry.value : assert.fail(entry.error);
  }

  /** What the device reported about its configuration. */
  async reported(name: string): Promise<{ revision: number; result: string; why: string } | null> {
    const entry = await lastEntry(this.session, "reported", name);
    const text = entry.ok ? entry.value?.text : null;
    return text == null ? null : JSON.parse(text).configuration;
  }

  #left(): string {
    const logs = [...this.devices.keys()].map((name) => `${name}:\n${this.agentLog(name)}`);
    return [...logs, "hub:", String(Reflect.get(this, "hubOutput"))].join("\n");
  }
}

/** Starts a fleet without devices. */
export async function startFleet(rig: Rig, names: readonly string[]): Promise<Fleet> {
  mkdirSync(rig.path("nats"));
  const server = await startNats(rig.path("nats"));
  const made = await connect(await server.admitHub("tester"));
  assert.ok(made.ok);
  for (const [short, bucket] of Object.entries(BUCKETS)) {
    const config = {
      ...{ name: `KV_${bucket}`, subjects: [`$KV.${bucket}.>`], storage: "file" },
      ...{ max_msgs_per_subject: short === "desired" ? 20 : 1, allow_direct: true },
      allow_rollup_hdrs: true,
    };
    const answer = await made.value.request(
      `$JS.API.STREAM.CREATE.KV_${bucket}`,
      JSON.stringify(config),
      10_000,
    );
    assert.ok(answer.ok);
  }
  const hub = await server.admitHub("hub", hubPermissions("hub"));
  const fleet = new Fleet(rig, server, made.value, hub);
  await Promise.all(names.map((name) => fleet.addDevice(name)));
  fleet.startHub();
  return fleet;
}

/** Ends what the rig does not know. */
export async function endFleet(fleet: Fleet): Promise<void> {
  await fleet.killHub();
  await fleet.session.close();
  await fleet.server.kill();
}
