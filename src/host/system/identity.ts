// Whether this process is the built executable.
//
// sync-ok(realpathSync): our own executable, at the start
// sync-ok(writeFileSync): procfs is memory
// sync-ok(homedir, userInfo): of commands, and of the process that reads for the daemon; the daemon
// asks for the name of the host, which the kernel knows

import { realpathSync, writeFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { errnoOf, quietly } from "../error-code.ts";

/** The bundler defines it. */
declare const TSV_VERSION: string | undefined;

/** True in the built executable, false in a run from the sources. */
export const IS_STANDALONE: boolean = typeof TSV_VERSION === "string";

// Names of this host and this user. No other file asks Node about the user: an arbitrary uid of a container has no entry in
// /etc/passwd, and Node throws then.

/** The user and the group of this process, as its account has them. */
interface OwnAccount {
  readonly uid: number;
  readonly gid: number;
  /** The uid as a number where it has no entry in /etc/passwd. */
  readonly name: string;
}

/** As uname(2) has it, without a domain on most hosts. */
export function ownHostName(): string {
  return hostname();
}

/** Asks the name service. */
export function ownAccount(): OwnAccount {
  const [own, group] = [process.geteuid?.() ?? -1, process.getegid?.() ?? -1];
  const unnamed = { uid: own, gid: group, username: String(own) };
  const { uid, gid, username } = quietly(() => userInfo(), unnamed);
  return { uid, gid, name: username };
}

/** By $HOME, or else by the account, for which it asks the name service. "/" where there is none, as container engines have it. */
export function ownHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env["HOME"] ?? quietly(() => homedir(), "/");
}

/** The account of this process and its home. */
export function ownUser(): { readonly name: string; readonly home: string } {
  return { name: ownAccount().name, home: ownHome() };
}

// The command line of this process, to start the same again.

/** The command line that we were started with: of the executable, or of node and the script when run from sources. */
export function ownCommand(): { readonly file: string; readonly argv: readonly string[] } {
  const file = process.execPath;
  const args = process.argv.slice(2);
  if (IS_STANDALONE) return { file, argv: [process.argv0, ...args] };
  return { file, argv: [file, ...process.execArgv, process.argv[1] ?? "", ...args] };
}

/**
 * The path by which we were called, which may be a link that will lead to another version one day. Call before the
 * working directory changes.
 */
export function calledPath(): string {
  const { argv0, execPath, env } = process;
  const candidates = argv0.includes("/")
    ? [resolve(argv0)]
    : (env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, argv0));
  return candidates.find((path) => path.startsWith("/") && isSameFile(path, execPath)) ?? execPath;
}

/** False where there is nothing, as in most directories of PATH. */
function isSameFile(path: string, other: string): boolean {
  return quietly(() => realpathSync(path) === realpathSync(other), false);
}

// The location of tsv's own code, as it appears in stacks of errors.

/** How the place of each frame of tsv's own begins. Modules of users have absolute paths, and Node's parts "node:". */
export const OWN_PLACE = IS_STANDALONE ? "tsv" : new URL("../../", import.meta.url).href;

// The name that ps, pidof and killall see. Node calls its main thread "MainThread".

/** Names this process after the program it is called as; the command line in ps stays whole (proc(5), /proc/pid/comm). */
export function setProcessName(program: string): void {
  // Without /proc, no program can show the name.
  errnoOf(() => writeFileSync("/proc/self/comm", basename(program)));
}
