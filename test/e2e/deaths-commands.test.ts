// The daemon dies during a command. The same command again leads to what was wanted, and other programs notice nothing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import { Deaths, pidsOf, SEED } from "./deaths/deaths.ts";
import { Writers } from "./deaths/programs.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

/** Of each command. `ROUNDS=` tries more. */
const ROUNDS = Number(process.env["ROUNDS"] ?? 1);
/** A time that no other program sleeps. */
const SLEEP = `/bin/sleep ${100_000_000 + process.pid}`;
const TARGET = `[program:target]
command=${SLEEP}
stdout_logfile=%(here)s/target.out
`;
const ADDED = "[program:added]\ncommand=/bin/sleep 1000\nstartsecs=0\n";
const ENV = { TSV_DEATHS: "500" };

interface Command {
  /** Begins it. */
  readonly act: () => Promise<unknown>;
  /** The longest time until the death, milliseconds. */
  readonly mostMs: number;
  /** Reverts it, before. */
  readonly revert?: () => Promise<unknown>;
  /** Holds after it, at last. */
  readonly holds: () => Promise<boolean>;
}

function running(): number {
  try {
    return execFileSync("pgrep", ["-x", "-f", SLEEP], { encoding: "utf8" }).trim().split("\n")
      .length;
  } catch {
    return 0;
  }
}

async function isIn(daemon: Daemon, name: string, state: string): Promise<boolean> {
  const answer = await daemon.call("supervisor.getProcessInfo", name);
  if (answer.kind !== "result") return state === "none";
  return (answer.value as Record<string, unknown>)["statename"] === state;
}

function commandsOf(rig: Rig, daemon: Daemon, sections: string): Record<string, Command> {
  const call = (method: string, ...params: Parameters<Daemon["ask"]>[1][]) =>
    daemon.call(`supervisor.${method}`, ...params);
  const update = (more: string) => (): Promise<unknown> => {
    rig.configure(sections + more);
    return rig.verb("update");
  };
  const isUp = async (): Promise<boolean> =>
    (await isIn(daemon, "target", "RUNNING")) && running() === 1;
  const isDown = async (): Promise<boolean> =>
    (await isIn(daemon, "target", "STOPPED")) && running() === 0;
  const start = (): Promise<unknown> => call("startProcess", "target");
  const stop = (): Promise<unknown> => call("stopProcess", "target");
  const has = async (text: string): Promise<boolean> =>
    readFileSync(rig.path("target.out"), "utf8") === text;
  return {
    start: { act: start, mostMs: 20, revert: stop, holds: isUp },
    stop: { act: stop, mostMs: 20, revert: start, holds: isDown },
    restart: { act: () => rig.verb("restart", "target"), mostMs: 300, holds: isUp },
    add: {
      ...{ act: update(ADDED), mostMs: 400, revert: update("") },
      holds: () => isIn(daemon, "added", "RUNNING"),
    },
    remove: {
      ...{ act: update(""), mostMs: 400, revert: update(ADDED) },
      holds: () => isIn(daemon, "added", "none"),
    },
    clear: {
      act: () => call("clearProcessLogs", "target"),
      mostMs: 20,
      revert: async () => void rig.write("target.out", "old\n"),
      holds: () => has(""),
    },
    rotate: { act: () => rig.verb("rotate", "raw0"), mostMs: 300, holds: async () => true },
    reopen: { act: async () => daemon.signal("SIGUSR2"), mostMs: 20, holds: async () => true },
  };
}

/** Some time passes; no event is at the time of the death. */
async function pass(ms: number): Promise<void> {
  const end = performance.now() + ms;
  await until(() => performance.now() >= end, { what: "the time of a death" });
}

async function diesDuring(deaths: Deaths, command: Command): Promise<void> {
  await command.revert?.();
  const done = command.act().catch(() => {});
  await pass(deaths.rng.int(0, command.mostMs));
  deaths.kill();
  await done;
  await deaths.answers();
  await command.act();
  await until(command.holds, { what: "the effect of the command" });
}

e2e("a command whose daemon dies can be given again, and others notice nothing", async (rig) => {
  const writers = new Writers(1);
  const sections = writers.sections + TARGET;
  const daemon = await rig.startWith(sections, { env: ENV });
  for (const name of [...writers.names, "target"]) {
    await daemon.logged(new RegExp(`success: ${name} entered`));
  }
  const pids = await pidsOf(daemon, writers.names);
  const deaths = new Deaths(daemon);
  for (const [name, command] of Object.entries(commandsOf(rig, daemon, sections))) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const what = `${name}: SEED=${SEED}, after death ${deaths.count}`;
      await diesDuring(deaths, command).catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`);
      });
      assert.deepEqual(await pidsOf(daemon, writers.names), pids, what);
    }
  }
  assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /internal error|ERRO/);
  await daemon.shutdown();
  writers.assertLogs(rig, deaths.count);
});

e2e(
  "a daemon that dies during an upgrade is followed by one of both",
  withoutNext(),
  async (rig) => {
    const writers = new Writers(1);
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const daemon = await host.start(writers.sections, { env: ENV });
    for (const name of writers.names) await daemon.logged(new RegExp(`success: ${name} entered`));
    const pids = await pidsOf(daemon, writers.names);
    const deaths = new Deaths(daemon);
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      host.turn();
      await diesDuring(deaths, {
        ...{ act: () => host.upgrade(), mostMs: 2500 },
        holds: async () => (await host.upgrade()).status === 0,
      });
      assert.deepEqual(await pidsOf(daemon, writers.names), pids, `SEED=${SEED}, round ${round}`);
    }
    await daemon.shutdown();
    writers.assertLogs(rig, deaths.count);
  },
);

e2e("a shutdown goes on after the death of the daemon", async (rig) => {
  const daemon = await rig.startWith(
    `[program:slow]\ncommand=/bin/sh -c 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.1; done'\nstartsecs=0\n`,
    { env: ENV },
  );
  await daemon.logged(/success: slow entered/);
  const deaths = new Deaths(daemon);
  await daemon.ask("shutdown");
  deaths.kill();
  assert.deepEqual(await daemon.ended(), { status: 0, signal: null });
  assert.match(readFileSync(daemon.log, "utf8"), /stopped: slow \(exit status 0\)/);
});
