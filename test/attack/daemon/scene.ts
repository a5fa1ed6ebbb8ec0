// A daemon under attack: others' restarts and calls are timed meanwhile, its memory is watched, and afterwards it must be
// the same process, have logged no error of its own, and end when it is told to.

import { existsSync, mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import type { Daemon } from "../../e2e/rig/daemon.ts";
import {
  beatSection,
  type Heartbeat,
  outOfBounds,
  startHeartbeat,
} from "../../e2e/rig/heartbeat.ts";
import type { Endpoint } from "../../e2e/rig/http.ts";
import { open } from "../../e2e/rig/http.ts";
import { BASE, Rig } from "../../e2e/rig/rig.ts";
import { peakKb, resetPeak } from "../../e2e/rig/usage.ts";
import { textOf } from "../../e2e/rig/watch.ts";
import type { Rng } from "../../sim/rng.ts";
import type { Row } from "../row.ts";

/** An upgrade on a busy machine takes a second, in which connections wait and nothing is started. */
const UPGRADE_SLACK = 5;
/** What clients and programs may make of the daemon's memory. */
const PEAK_MB = 150;
/** SIGTERM with programs that end at once; ten times what it takes. */
const END_MS = 10_000;
/** Nothing that an attack does should take longer. */
const PATIENCE_MS = 60_000;
/** A group is added at once; this is for a daemon that is busy with the one before. */
const ADD_MS = 2000;
/** What no client and no program may bring about. */
const OWN_ERROR = /uncaught|unhandled|internal error|invariant|TypeError|RangeError|out of memory/i;

/** What an attack works with. */
export interface Scene {
  readonly rig: Rig;
  readonly daemon: Daemon;
  /** A server on TCP without a password. */
  readonly port: Endpoint;
  readonly heartbeat: Heartbeat;
  readonly rng: Rng;
  /** Counts requests, starts, bytes, or what the attack is made of. */
  count(runs?: number): void;
  /** Undone after the attack, the last first. */
  after(undo: () => void | Promise<void>): void;
  /** A connection that is closed after the attack. */
  connect(): Promise<Socket>;
}

/** One way to attack. */
export interface Attack {
  readonly name: string;
  /** Programs besides the heartbeat. */
  sections?(rig: Rig): string;
  attack(scene: Scene): Promise<void>;
  /** How long it may take; a minute when it does not say. */
  readonly patienceMs?: number;
  /** How much memory it may take; PEAK_MB when it does not say. */
  readonly peakMb?: number;
  /** It replaces the daemon, which nobody is answered by meanwhile. */
  readonly upgrades?: boolean;
  /** Why it cannot be done here, or false. */
  absent?(): string | false;
}

/** How long a flood lasts: until everything that it fills is full. */
export const LAST_MS = 2500;

/** Waits: an attack that only has to last. */
export function during(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Does the same again and again, several times at once, for so long. Failures are what attackers get, too. */
export async function hammer(ms: number, width: number, act: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + ms;
  const one = async (): Promise<void> => {
    while (performance.now() < deadline) await act().catch(() => during(1));
  };
  await Promise.all(Array.from({ length: width }, one));
}

/** Carries an attack out. */
export async function carryOut(each: Attack, rng: Rng): Promise<Row> {
  const { name, sections, attack, patienceMs = PATIENCE_MS } = each;
  const rig = new Rig();
  const undo: (() => void | Promise<void>)[] = [];
  const begin = performance.now();
  let runs = 0;
  const row = (found: Partial<Row>): Row => ({
    ...{ name, runs, peakMb: null, restartMs: null, rpcMs: null, note: "", problem: null },
    seconds: (performance.now() - begin) / 1000,
    ...found,
  });
  const cleanUp = (): void => rig.dispose();
  process.once("exit", cleanUp);
  try {
    const port = await rig.findPort();
    mkdirSync(rig.path("conf.d"));
    const server = `[inet_http_server]\nport=127.0.0.1:${port}\n`;
    const include = "[include]\nfiles=conf.d/*.ini\n";
    rig.write("d.conf", `${BASE}\n${server}\n${include}\n${beatSection(rig.directory)}`);
    const daemon = await rig.start();
    const t = { after: (fn: () => void) => void undo.push(fn), diagnostic: () => {} };
    const heartbeat = await startHeartbeat(daemon, t);
    resetPeak(daemon.pid);
    if (sections !== undefined) {
      rig.write("conf.d/attack.ini", sections(rig));
      await addAll(daemon);
    }
    const scene: Scene = {
      ...{ rig, daemon, heartbeat, rng, port: { host: "127.0.0.1", port } },
      count: (more = 1) => {
        runs += more;
      },
      after: (one) => void undo.push(one),
      async connect() {
        const socket = await open(scene.port);
        undo.push(() => void socket.destroy());
        return socket;
      },
    };
    const problems: string[] = [];
    await inTime(attack(scene), patienceMs).catch((error: Error) => {
      problems.push(error.stack ?? error.message);
    });
    // The heart itself is the first to be undone, so it stays for last.
    while (undo.length > 1) await undo.pop()?.();
    return row(await judge(each, daemon, heartbeat, problems));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return row({ problem: `${text}\n${rig.describe().slice(-1500)}` });
  } finally {
    for (const one of undo.reverse()) await one();
    process.off("exit", cleanUp);
    rig.dispose();
  }
}

/** Adds the programs of an attack; a daemon that does not answer any more is what the heart measures. */
async function addAll(daemon: Daemon): Promise<void> {
  const [[added = []] = []] = (await daemon.ask("reloadConfig")) as string[][][];
  for (const group of added) {
    const answer = daemon.call("supervisor.addProcessGroup", group);
    await Promise.race([answer, during(ADD_MS)]).catch(() => {});
  }
}

/** @throws when it has not ended in time */
async function inTime(attack: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `the attack itself has not ended after ${ms} ms`;
    timer = setTimeout(() => reject(new Error(text)), ms);
  });
  try {
    await Promise.race([attack, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What it has come to, when the attack is over. */
async function judge(
  { peakMb: mostMb = PEAK_MB, upgrades = false }: Attack,
  daemon: Daemon,
  heartbeat: Heartbeat,
  problems: string[],
): Promise<Partial<Row>> {
  const slack = upgrades ? UPGRADE_SLACK : 1;
  const result = await heartbeat.end();
  if (!existsSync(`/proc/${daemon.pid}/status`)) {
    return { problem: `the daemon is gone: ${daemon.describe().slice(-3000)}` };
  }
  const peakMb = peakKb(daemon.pid) / 1024;
  const { restarts, rpcs, worstRestartMs: restartMs, worstRpcMs: rpcMs } = result;
  problems.push(...outOfBounds(result, slack));
  if (peakMb > mostMb) problems.push(`${Math.round(peakMb)} MB of memory`);
  const lines = textOf(daemon.log).split("\n");
  const own = lines.find((line) => OWN_ERROR.test(line));
  if (own !== undefined) problems.push(`an error of its own: ${own.slice(0, 1000)}`);
  try {
    const { status } = await daemon.shutdown(END_MS);
    if (status !== 0) problems.push(`it ended with ${status}: ${daemon.stderr.slice(-2000)}`);
  } catch {
    problems.push(`SIGTERM was not obeyed within ${END_MS} ms`);
  }
  const problem = problems.length === 0 ? null : problems.join("\n");
  return { peakMb, restartMs, rpcMs, problem, note: `${restarts} restarts, ${rpcs} calls timed` };
}
