// Executes another program in this process, and finds what the predecessor passed: an environment variable names two open files,
// the snapshot and the executable to return to.
//
// Signals that arrive while the successor starts are kept pending by an object that the dynamic loader loads into it, until the
// successor handles them (preload/hold-signals.c). The loader does not load it into executables with more privileges than their
// caller, such as file capabilities, nor into those that are linked statically: there such a signal ends the daemon.
//
// sync-ok(closeSync, execute, fstatSync): descriptors of ours; execve of an executable whose dry run
// succeeded a moment before

import { closeSync, fstatSync } from "node:fs";
import { errnoName, posix } from "../posix.ts";
import { joined } from "../processes/start-process.ts";
import { ownCommand } from "../system/identity.ts";
import { serviceManagerVariables } from "../system/service-manager.ts";
import { printError } from "../terminal/output.ts";
import { adoptExecutable } from "./executable.ts";
import { readUnnamed, unnamedProblem } from "./unnamed-file.ts";

/** `<descriptor of the snapshot>,<descriptor of the previous executable>` */
const INHERITED = "TSV_SNAPSHOT";
/** Why the successor gave up, for the predecessor that continues. */
const FAILED = "TSV_SNAPSHOT_FAILED";
const NONE = -1;

/** What a daemon inherits from its predecessor in this process. */
export interface Inherited {
  readonly snapshot: string;
  readonly descriptors: readonly number[];
  /** Why the successor gave up, in the predecessor that continues; null in a successor. */
  readonly failure: string | null;
  /** Executes the previous executable. @returns only if that failed: why */
  goBack(reason: string): string;
  /** Closes the files that `goBack` needs. */
  done(): void;
}

/** Call it first: afterwards the environment is the one that programs may inherit. @returns null without a predecessor */
export function takeInherited(): Inherited | null {
  const text = process.env[INHERITED];
  const failure = process.env[FAILED] ?? null;
  delete process.env[INHERITED];
  delete process.env[FAILED];
  if (text === undefined) return null;
  const named = readInherited(text);
  const problem =
    named === null ? "it does not contain two descriptors" : unnamedProblem(named.snapshotFd);
  if (named === null || problem !== null) {
    printError(`Warning: ${INHERITED} in the environment is ignored: ${problem}\n`);
    return null;
  }
  const { snapshotFd, executableFd } = named;
  posix().reserveSlots();
  const { text: snapshot, descriptors, executed } = readUnnamed(snapshotFd);
  // The number is meaningless in a predecessor that continues.
  if (executed !== null && failure === null) posix().close(executed);
  for (const fd of [snapshotFd, executableFd, ...descriptors]) {
    if (fd >= 0) posix().setCloexec(fd, 1);
  }
  if (failure !== null && executableFd >= 0) adoptExecutable(executableFd);
  // Node has unblocked them when it started, unless the preloaded object holds them.
  const holdsSignals = posix().areSignalsHeld() === 1;
  return {
    ...{ snapshot, descriptors, failure },
    goBack(reason) {
      if (failure !== null) return "this is already the previous version";
      if (executableFd < 0) return "the previous version is not available";
      const file = `/proc/self/fd/${executableFd}`;
      const passed = { snapshotFd, executableFd, failure: reason, holdsSignals };
      return execute(file, ownCommand().argv, passed, descriptors);
    },
    done() {
      posix().close(snapshotFd);
      if (failure === null && executableFd >= 0) posix().close(executableFd);
    },
  };
}

/** Parses `<descriptor>,<descriptor or -1>`; null for anything else, which no tsv has written. */
export function readInherited(
  text: string,
): { readonly snapshotFd: number; readonly executableFd: number } | null {
  const match = /^(\d{1,9}),(-1|\d{1,9})$/.exec(text);
  if (match === null || Number(match[1]) <= 2) return null;
  return { snapshotFd: Number(match[1]), executableFd: Number(match[2]) };
}

interface Passed {
  readonly snapshotFd: number;
  /** Null for none: then the program cannot return to this one. */
  readonly executableFd: number | null;
  readonly failure?: string;
  /** The program loads the object that keeps signals pending. */
  readonly holdsSignals: boolean;
}

/** Executes a program in this process. @returns only if that failed: why */
export function execute(
  file: string,
  argv: readonly string[],
  { snapshotFd, executableFd, failure, holdsSignals }: Passed,
  descriptors: readonly number[],
): string {
  const holder = holdsSignals ? openSignalHolder() : null;
  const environment = {
    ...process.env,
    ...serviceManagerVariables(),
    [INHERITED]: `${snapshotFd},${executableFd ?? NONE}`,
    ...(failure === undefined ? {} : { [FAILED]: failure }),
    ...holder?.variables(holder.fd),
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const kept = [0, 1, 2, snapshotFd, ...(executableFd === null ? [] : [executableFd])];
  if (holder !== null) kept.push(holder.fd);
  const keep = Int32Array.from(new Set([...kept, ...descriptors].filter(isOpen)));
  const result = posix().execute(
    ...([file, joined(argv), argv.length] as const),
    ...([joined(variables), variables.length, keep, holder === null ? 0 : 1] as const),
  );
  holder?.close();
  const errno = errnoName(result);
  return errno === "EINTR" ? "a signal arrived during the upgrade" : `${file}: exec: ${errno}`;
}

/** A daemon may have been started without standard input. */
export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** ld.so(8). Its user may have set it too. */
const PRELOAD = "LD_PRELOAD";

/** The object that keeps signals pending, in an unnamed file. */
interface SignalHolder {
  readonly fd: number;
  /** @param fd the number that the file has in the successor */
  variables(fd: number): Readonly<Record<string, string>>;
  /** True after a program that was started with these variables has loaded the object. */
  wasLoaded(): boolean;
  close(): void;
}

/** @returns null if the kernel is too old, or this is not Linux */
export function openSignalHolder(): SignalHolder | null {
  const fd = posix().signalHolder();
  if (fd < 0) return null;
  const { size } = fstatSync(fd);
  return {
    fd,
    variables(number) {
      const others = process.env[PRELOAD] ?? "";
      return { [PRELOAD]: `/proc/self/fd/${number}${others === "" ? "" : `:${others}`}` };
    },
    wasLoaded: () => fstatSync(fd).size > size,
    close: () => closeSync(fd),
  };
}
