// A group of processes with a limit of memory, below the group that the tests run in: of version 1 or 2 of cgroups.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A limit and what is known of it. */
export interface MemoryLimit {
  /** Goes before a program that is to be below the limit. */
  readonly wrapper: readonly string[];
  /** Moves a process to the group. Its memory before counts where it was. */
  add(pid: number): void;
  /** Most bytes that were ever in use, page cache included; null where the kernel does not tell. */
  peak(): number | null;
  /** Bytes in use that are not page cache. */
  anonymous(): number;
  /** How often the kernel ended a process for want of memory. */
  kills(): number;
  /** Whatever is left in it goes to the group of the tests. */
  remove(): void;
}

const ROOT = "/sys/fs/cgroup";
const PATIENCE_MS = 30_000;

interface Version {
  readonly parent: string;
  readonly limit: string;
  readonly peak: string;
  readonly kills: string;
  /** The line of memory.stat. */
  readonly anonymous: string;
}

/** Where this process is, of the version that limits memory; null when neither can be used. */
function find(): Version | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  const path = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  const first = path(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/);
  if (first !== undefined) {
    const parent = join(ROOT, "memory", first);
    const files = { limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes" };
    const told = { kills: "memory.oom_control", anonymous: "rss" };
    return existsSync(join(parent, files.limit)) || first === "/"
      ? { parent, ...files, ...told }
      : null;
  }
  const parent = join(ROOT, path(/^0::(.*)$/) ?? "/");
  const control = join(parent, "cgroup.subtree_control");
  const isOn = existsSync(control) && /\bmemory\b/.test(readFileSync(control, "utf8"));
  const files = { limit: "memory.max", peak: "memory.peak", kills: "memory.events" };
  return isOn ? { parent, ...files, anonymous: "anon" } : null;
}

/** The reason to skip a test that limits memory, or false. */
export function withoutMemoryLimit(): string | false {
  return find() === null ? "needs root and a memory cgroup below its own to limit memory" : false;
}

/** One try: what is left in a group goes to another, unless it dies meanwhile, and then the group goes. */
function isRemoved(group: string, parent: string): boolean {
  for (const pid of readFileSync(join(group, "cgroup.procs"), "utf8").match(/\d+/g) ?? []) {
    unlessGone("ESRCH", () => writeFileSync(join(parent, "cgroup.procs"), pid));
  }
  return unlessGone("EBUSY", () => rmdirSync(group));
}

/** @returns false when it fails with this code, which a process that is dying gives for a while */
function unlessGone(code: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false;
    throw error;
  }
}

/** Makes a group. @param name of its own, such as the mark of a rig */
export function limitMemory(name: string, bytes: number): MemoryLimit {
  const version = find();
  if (version === null) throw new Error("no memory cgroup");
  const group = join(version.parent, `tsv-e2e-${name}`);
  mkdirSync(group);
  writeFileSync(join(group, version.limit), String(bytes));
  const read = (file: string): string => readFileSync(join(group, file), "utf8");
  const row = (file: string, key: string): number =>
    Number(new RegExp(`^${key} (\\d+)$`, "m").exec(read(file))?.[1] ?? Number.NaN);
  return {
    wrapper: ["sh", "-c", 'echo $$ >"$0" && exec "$@"', join(group, "cgroup.procs")],
    add: (pid) => writeFileSync(join(group, "cgroup.procs"), String(pid)),
    peak: () => (existsSync(join(group, version.peak)) ? Number(read(version.peak)) : null),
    anonymous: () => row("memory.stat", version.anonymous),
    kills: () => row(version.kills, "oom_kill"),
    remove: () => {
      const start = performance.now();
      while (!isRemoved(group, version.parent)) {
        if (performance.now() - start > PATIENCE_MS) throw new Error(`${group} is still in use`);
      }
    },
  };
}
