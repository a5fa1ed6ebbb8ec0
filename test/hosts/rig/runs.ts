// A run is one process with test hosts. All it makes carries the run's name, and goes when the process goes; what a run
// that was killed outright left behind is removed by the next.

import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cgroupsNamed, removeCgroup } from "./cgroups.ts";
import { mountsBelow, unmountOverlays } from "./mounts.ts";
import { RUNS } from "./places.ts";

const PREFIX = "tsv-hosts-";

/** Who made the directory of a run: enough to tell whether that very process still lives. */
interface Owner {
  readonly pid: number;
  readonly started: string;
  readonly namespace: string;
  readonly boot: string;
}

/** This process's run. */
export interface Run {
  /** Begins the names of cgroups, machines and mounts. */
  readonly name: string;
  readonly directory: string;
}

let current: Run | null = null;
const disposers = new Set<() => void>();

/** The run of this process, begun on first use. */
export function currentRun(): Run {
  if (current !== null) return current;
  mkdirSync(RUNS, { recursive: true });
  sweep();
  const name = `${PREFIX}${randomBytes(3).toString("hex")}`;
  const directory = join(RUNS, name);
  mkdirSync(directory);
  writeFileSync(join(directory, "owner"), JSON.stringify(ownerOf(process.pid)));
  current = { name, directory };
  process.once("exit", endRun);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endBySignal);
  return current;
}

/** Calls `dispose` when the process ends before the returned function was called. */
export function atEnd(dispose: () => void): () => void {
  disposers.add(dispose);
  return () => disposers.delete(dispose);
}

function endRun(): void {
  for (const dispose of disposers) attempt(dispose);
  disposers.clear();
  const run = current;
  current = null;
  if (run !== null) attempt(() => removeRun(run.name));
}

/** Says what cannot be cleaned up, and continues with the rest. */
function attempt(cleanUp: () => void): void {
  try {
    cleanUp();
  } catch (error) {
    process.stderr.write(`test hosts: ${String(error)}\n`);
    process.exitCode = 1;
  }
}

function endBySignal(signal: NodeJS.Signals): void {
  // Listening until all is done: a second signal, from an impatient user, must not end it half-way.
  endRun();
  process.off(signal, endBySignal);
  process.kill(process.pid, signal);
}

/** Ends and removes everything that carries a run's name. @throws when it finds what it did not make */
function removeRun(name: string): void {
  const directory = join(RUNS, name);
  for (const path of cgroupsNamed(`${name}-`)) removeCgroup(path);
  unmountOverlays(directory);
  removePropagation((machine) => machine.startsWith(`${name}-`));
  removeTree(directory);
}

/** Removes a directory, unless something is mounted in it. */
export function removeTree(directory: string): void {
  const mounted = mountsBelow(directory).map(({ point }) => point);
  if (mounted.length > 0)
    throw new Error(`${mounted.join(", ")} still mounted; ${directory} stays`);
  rmSync(directory, { recursive: true, force: true });
}

const PROPAGATION = "/run/systemd/nspawn/propagate";

/** nspawn makes an empty directory for each machine and leaves it to others to remove. */
export function removePropagation(isOurs: (machine: string) => boolean): void {
  for (const name of entries(PROPAGATION).filter(isOurs)) rmdirSync(join(PROPAGATION, name));
}

/** What is left anywhere of a run, in words. Empty when it is gone. */
export function tracesOf(name: string): readonly string[] {
  return [
    ...cgroupsNamed(name).map((path) => `cgroup ${path}`),
    ...mountsBelow(join(RUNS, name)).map(({ point }) => `mount ${point}`),
    ...entries(PROPAGATION)
      .filter((each) => each.startsWith(name))
      .map((each) => `directory ${PROPAGATION}/${each}`),
    ...entries(RUNS)
      .filter((each) => each === name)
      .map((each) => `directory ${RUNS}/${each}`),
    ...processesNaming(name).map((pid) => `process ${pid}`),
  ];
}

/** Processes with the run's name on their command line: nspawn has it as the machine's. */
function processesNaming(name: string): readonly string[] {
  return entries("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(`--machine=${name}`));
}

/** Removes runs whose process has gone, and leaves those alone of which that cannot be known from here. */
function sweep(): void {
  for (const name of entries(RUNS)) {
    if (!name.startsWith(PREFIX) || !hasEnded(name)) continue;
    try {
      removeRun(name);
    } catch (error) {
      process.stderr.write(`test hosts: ${name}, left by an earlier run: ${String(error)}\n`);
    }
  }
}

function hasEnded(name: string): boolean {
  const text = read(join(RUNS, name, "owner"));
  if (text === "") return false; // It begins at this moment, or is not ours.
  const owner = JSON.parse(text) as Owner;
  const self = ownerOf(process.pid);
  if (owner.boot !== self.boot) return true;
  if (owner.namespace !== self.namespace) return false;
  return ownerOf(owner.pid).started !== owner.started;
}

function ownerOf(pid: number): Owner {
  const stat = read(`/proc/${pid}/stat`);
  // Field 22, counted behind the name, which may hold blanks and brackets.
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  const boot = read("/proc/sys/kernel/random/boot_id").trim();
  return { pid, started, namespace: readlinkSync("/proc/self/ns/pid"), boot };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function entries(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
