// The cgroups of programs that have limits of cgroups or kill_mode=cgroup: directories below the daemon's own cgroup, if the service manager has
// delegated that to it, or made it for it alone. A child makes its directory, writes its limits and enters it (posix/child.c); the last process that
// exits in it leaves it to be removed here.
//
// sync-ok(accessSync, existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync): cgroupfs is memory of the kernel

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { ProcessKey } from "../../core/base/ids.ts";
import {
  cgroupDirectory,
  isOpenrcCgroup,
  isProgramCgroup,
  LEAF,
  programCgroupName,
} from "../../core/process/cgroup-place.ts";
import { type CgroupSetting, settingsToRevert } from "../../core/process/program-limits.ts";
import { type LimitCounts, limitCounts } from "../../core/process/reached-limits.ts";
import type { SpawnFailure } from "../../ports/spawner.ts";
import { codeOf, quietly } from "../error-code.ts";
import { daemonPid } from "../keeper/keeper.ts";
import { posix } from "../posix.ts";
import { readProc } from "../procfs.ts";

/** Processes may be made while others are moved. */
const MOST_ROUNDS = 100;

const NOT_MOUNTED = "cgroup v2 is not mounted here";

/** Only systemd sets the variable. */
function notDelegated(): string {
  const advice =
    process.env["INVOCATION_ID"] === undefined ? "" : ": add Delegate=yes to its service";
  return `no cgroup is delegated to the daemon${advice}`;
}

export type CgroupPlace =
  | { readonly ok: true; readonly value: readonly string[] }
  | { readonly ok: false; readonly error: SpawnFailure };

/** The delegated cgroup that has the leaf of this daemon; null until there is one, undefined before that was asked. */
let base: string | null | undefined;

/** As `StartRequest.cgroup` has it. */
export function placeInCgroup(key: ProcessKey, settings: readonly CgroupSetting[]): CgroupPlace {
  const own = directoryOf("self");
  const top = base ?? (own === null ? null : delegatedAt(own));
  const option = settings[0]?.option ?? "";
  const failed = (errno: string, why: string): CgroupPlace => {
    const detail = `${option}: ${why}`;
    return { ok: false, error: { stage: "cgroup", errno, detail } };
  };
  if (own === null) return failed("ENOSYS", NOT_MOUNTED);
  if (top === null) return failed("EPERM", notDelegated());
  try {
    const offered = wordsOf(`${top}/cgroup.controllers`);
    for (const { file, option } of settings) {
      const controller = controllerOf(file);
      if (offered.includes(controller)) continue;
      const detail = `${option}: the cgroup of the daemon has no controller ${controller}`;
      return { ok: false, error: { stage: "cgroup", errno: "ENOENT", detail } };
    }
    prepare(top, settings);
  } catch (error) {
    return failed(codeOf(error), `${top} cannot be prepared: ${codeOf(error)}`);
  }
  const directory = `${top}/${programCgroupName(key, daemonPid())}`;
  const left = settingsToRevert(
    quietly(() => readdirSync(directory), []),
    settings,
  );
  const writes = [...settings, ...left].flatMap(({ file, value }) => [
    `${directory}/${file}`,
    value,
  ]);
  return { ok: true, value: [directory, ...writes, `${directory}/cgroup.procs`, "0"] };
}

/** Why programs cannot have cgroups; null if they can. */
export function cgroupProblem(): string | null {
  const own = directoryOf("self");
  if (own === null) return NOT_MOUNTED;
  const top = base ?? delegatedAt(own);
  if (top === null) return notDelegated();
  try {
    accessSync(`${top}/cgroup.procs`, constants.W_OK);
    return null;
  } catch (error) {
    return `${top} cannot be written: ${codeOf(error)}`;
  }
}

/** The cgroup of a program with its processes, and all cgroups below it, the deepest first; empty if it has none. */
export function cgroupsOf(key: ProcessKey): readonly string[] {
  const directory = cgroupOf(key);
  return directory === null ? [] : below(directory);
}

/** The limits that a program has reached since its cgroup was made; empty if it has none. */
export function limitCountsOf(key: ProcessKey): LimitCounts {
  const directory = cgroupOf(key);
  return directory === null ? {} : countsIn(directory);
}

function cgroupOf(key: ProcessKey): string | null {
  if (base === undefined) base = inherited();
  return base === null ? null : `${base}/${programCgroupName(key, daemonPid())}`;
}

function countsIn(directory: string): LimitCounts {
  return limitCounts((file) => quietly(() => readFileSync(`${directory}/${file}`, "utf8"), ""));
}

/** A program may make cgroups of its own, so deep. */
const MOST_LEVELS = 16;

function below(directory: string, level = 0): readonly string[] {
  const entries = quietly(() => readdirSync(directory, { withFileTypes: true }), null);
  if (entries === null) return [];
  const inner = entries.flatMap((each) =>
    each.isDirectory() && level < MOST_LEVELS ? below(`${directory}/${each.name}`, level + 1) : [],
  );
  return [...inner, directory];
}

/** Processes in a cgroup; 0 for those of another pid namespace. */
export function pidsIn(cgroup: string): readonly number[] {
  return quietly(() => wordsOf(`${cgroup}/cgroup.procs`), []).map(Number);
}

/** Kills all processes in a cgroup and below it at once. @returns false if the kernel cannot (before Linux 5.14) */
export function killCgroup(cgroup: string): boolean {
  return quietly(() => {
    writeFileSync(`${cgroup}/cgroup.kill`, "1");
    return true;
  }, false);
}

/** Removes cgroups without processes; the kernel keeps others. */
export function removeCgroups(cgroups: readonly string[]): void {
  for (const cgroup of cgroups) quietly(() => rmdirSync(cgroup), null);
}

/**
 * Removes the cgroup of a process that has exited and is not reaped, unless another one is in it.
 * @returns the limits that were reached in it
 */
export function leaveCgroup(pid: number): LimitCounts {
  if (base === undefined) base = inherited();
  if (base === null) return {};
  const directory = directoryOf(pid);
  if (directory === null || !isProgramCgroup(directory, base)) return {};
  const reached = countsIn(directory);
  quietly(() => rmdirSync(directory), null);
  return reached;
}

/** That of the daemon before, whose leaf this one is in. */
function inherited(): string | null {
  const own = directoryOf("self");
  return own?.endsWith(`/${LEAF}`) === true ? delegatedAt(own) : null;
}

/** The line of /proc/self/mountinfo about cgroup v2, which stays the same; empty before there is one. */
let mount = "";

function directoryOf(process: number | "self"): string | null {
  mount ||= /^.* - cgroup2 .*$/m.exec(readProc("self/mountinfo"))?.[0] ?? "";
  return cgroupDirectory(readProc(`${process}/cgroup`), mount);
}

/** The delegated cgroup that a process in `own` is in, perhaps in its leaf. */
function delegatedAt(own: string): string | null {
  const above = own.endsWith(`/${LEAF}`) ? [dirname(own)] : [];
  return [...above, own].find(isDelegated) ?? null;
}

/** systemd marks what it delegates; OpenRC gives each service its own. */
function isDelegated(directory: string): boolean {
  const marks = ["user.delegate", "trusted.delegate"];
  return (
    marks.some((name) => posix().attribute(directory, name) === "1") ||
    isOpenrcCgroup(directory, cgroupDirectory("0::/\n", mount), process.env) ||
    isOfContainer(directory)
  );
}

/**
 * A container is that of its first process, and its cgroup has only processes of the container: others have the number 0. The
 * cgroup of the whole host, which is no container's, has no events.
 */
function isOfContainer(directory: string): boolean {
  if (daemonPid() !== 1) return false;
  const members = quietly(() => wordsOf(`${directory}/cgroup.procs`), ["0"]);
  return existsSync(`${directory}/cgroup.events`) && !members.includes("0");
}

function controllerOf(file: string): string {
  return file.replace(/\..*/, "");
}

function wordsOf(path: string): readonly string[] {
  return readFileSync(path, "utf8")
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** Moves all processes to the leaf, and makes the controllers available to programs. @throws for what the kernel refuses */
function prepare(top: string, settings: readonly CgroupSetting[]): void {
  const enabled = wordsOf(`${top}/cgroup.subtree_control`);
  const wanted = new Set(settings.map(({ file }) => controllerOf(file)));
  const missing = Array.from(wanted).filter((controller) => !enabled.includes(controller));
  if (base !== top) {
    empty(top);
    removeOld(top);
    base = top;
  }
  if (missing.length === 0) return;
  writeFileSync(`${top}/cgroup.subtree_control`, missing.map((name) => `+${name}`).join(" "));
}

/** Into the leaf goes what the cgroup holds: the keeper, the daemon, and programs without limits of cgroups. */
function empty(top: string): void {
  const leaf = `${top}/${LEAF}`;
  mkdirSync(leaf, { recursive: true, mode: 0o755 });
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const pids = wordsOf(`${top}/cgroup.procs`);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        writeFileSync(`${leaf}/cgroup.procs`, pid);
      } catch (error) {
        // It has exited meanwhile.
        if (codeOf(error) !== "ESRCH") throw error;
      }
    }
  }
}

/** Cgroups of programs that ended while no daemon was there; the kernel keeps those that are in use. */
function removeOld(top: string): void {
  for (const name of readdirSync(top)) {
    const directory = `${top}/${name}`;
    if (isProgramCgroup(directory, top)) quietly(() => rmdirSync(directory), null);
  }
}
