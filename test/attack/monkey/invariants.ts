// Invariants under all operations of the monkey.

import { readdirSync, readFileSync } from "node:fs";
import { parseProcessStat } from "../../../src/core/usage/program-usage.ts";
import type { Daemon } from "../../e2e/rig/daemon.ts";
import { marked } from "../../e2e/rig/leftovers.ts";
import type { Rig } from "../../e2e/rig/rig.ts";
import { daemonProcess } from "../../rig/daemon-process.ts";
import { during } from "../daemon/scene.ts";
import { UNTOUCHED } from "./world.ts";

interface Child {
  readonly pid: number;
  readonly state: string;
  /** `group:name`; null for a process that is not a program, or not yet. */
  readonly key: string | null;
}

/** Processes whose parent is the daemon. */
export function childrenOf(pid: number): readonly Child[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? [];
  const inThreads = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).match(/\d+/g),
  );
  const all = new Set([...children, ...inThreads].map(Number));
  return [...all].flatMap((child) => {
    const stat = read(`/proc/${child}/stat`);
    if (parseProcessStat(stat) === null) return [];
    const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    const environment = read(`/proc/${child}/environ`).split("\0");
    const of = (name: string): string | undefined =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
    const group = of("SUPERVISOR_GROUP_NAME");
    const name = of("SUPERVISOR_PROCESS_NAME");
    return [{ pid: child, state, key: group === undefined ? null : `${group}:${name}` }];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // It ended.
  }
}

const LEGAL = new Set([0, 10, 20, 30, 40, 100, 200]);
const HAS_PROCESS = new Set([10, 20, 40]);

interface Info {
  readonly name: string;
  readonly group: string;
  readonly state: number;
  readonly statename: string;
  readonly pid: number;
}

async function all(daemon: Daemon): Promise<readonly Info[]> {
  return (await daemon.ask("getAllProcessInfo")) as unknown as readonly Info[];
}

/** The pids of what nobody touches, once all of them are up. */
export async function untouchedPids(daemon: Daemon): Promise<string> {
  for (;;) {
    const infos = await all(daemon);
    const found = UNTOUCHED.map((name) => infos.find((info) => info.name === name));
    const text = found.map((info) => `${info?.name} ${info?.statename} ${info?.pid}`).join(", ");
    if (!text.includes("STARTING")) return text;
    await during(100);
  }
}

/** True at any moment, also in the middle of everything. */
export async function alwaysProblems(daemon: Daemon): Promise<readonly string[]> {
  const problems: string[] = [];
  const byKey = new Map<string, number>();
  for (const { key, pid, state } of childrenOf(daemon.pid)) {
    if (key === null || state === "Z" || state === "X") continue;
    const other = byKey.get(key);
    if (other !== undefined) problems.push(`two processes of ${key}: ${other} and ${pid}`);
    byKey.set(key, pid);
  }
  const pids = new Map<number, string>();
  for (const { group, name, state, statename, pid } of await all(daemon)) {
    if (!LEGAL.has(state)) problems.push(`${group}:${name} is ${state} ${statename}`);
    if (!HAS_PROCESS.has(state) && pid !== 0)
      problems.push(`${name} is ${statename} with pid ${pid}`);
    if (pid !== 0 && pids.has(pid)) problems.push(`${name} and ${pids.get(pid)} have pid ${pid}`);
    pids.set(pid, name);
  }
  return problems;
}

/**
 * True when nothing has been asked for a while and everything is stopped but what nobody touches. The heartbeat continues, and
 * one of its programs may be started between two looks: only what is found twice is a problem.
 */
export async function restProblems(daemon: Daemon, rig: Rig): Promise<readonly string[]> {
  const once = await problemsNow(daemon, rig);
  if (once.length === 0) return [];
  const again = new Set(await problemsNow(daemon, rig));
  return once.filter((problem) => again.has(problem));
}

async function problemsNow(daemon: Daemon, rig: Rig): Promise<readonly string[]> {
  const problems: string[] = [];
  const infos = await all(daemon);
  const known = new Set(infos.map(({ pid }) => pid).filter((pid) => pid !== 0));
  const children = childrenOf(daemon.pid);
  const zombies = children.filter(({ state }) => state === "Z");
  if (zombies.length > 0) problems.push(`${zombies.length} zombies`);
  for (const { key, pid, state } of children) {
    if (state !== "Z" && key !== null && !known.has(pid))
      problems.push(`${key} (${pid}) is not the daemon's any more`);
  }
  for (const { name, pid } of infos) {
    if (pid !== 0 && !children.some((child) => child.pid === pid))
      problems.push(`${name} has pid ${pid}, which is not there`);
  }
  const tree = new Set([daemon.pid, ...children.map(({ pid }) => pid)]);
  for (const pid of marked(rig.mark)) {
    const stat = parseProcessStat(read(`/proc/${pid}/stat`));
    // A sleep of a script may be left for a moment when the script was killed: its parent is process 1 then.
    if (stat === null || tree.has(pid) || tree.has(stat.parent)) continue;
    if (!/sleep/.test(read(`/proc/${pid}/comm`)))
      problems.push(`orphan ${pid}: ${read(`/proc/${pid}/cmdline`)}`);
  }
  return problems;
}

/** Every line of the counter, once and in order. */
export function logProblems(rig: Rig): readonly string[] {
  const lines = read(rig.path("counter.log")).split("\n").slice(0, -1);
  const wrong = lines.findIndex((line, index) => line !== String(index + 1));
  if (lines.length === 0) return ["the counter has no log"];
  return wrong < 0 ? [] : [`line ${wrong + 1} of the counter's log is ${lines[wrong]}`];
}

/** What a daemon holds. */
export interface Holdings {
  readonly descriptors: number;
  readonly threads: number;
  readonly anonymousKb: number;
}

export function holdingsOf(pid: number): Holdings {
  return {
    descriptors: readdirSync(`/proc/${daemonProcess(pid)}/fd`).length,
    threads: readdirSync(`/proc/${daemonProcess(pid)}/task`).length,
    anonymousKb: Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${daemonProcess(pid)}/status`))?.[1]),
  };
}
