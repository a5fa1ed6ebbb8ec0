// Processes and listening sockets from /proc; proc(5). Values that this user may not read are null.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { machine } from "node:os";
import { remembered } from "../../core/base/remembered.ts";
import { DAEMON_NAME, daemonOf, isKeeper } from "../../host/keeper/kept-process.ts";
import { quietly } from "../../install/host/safe-files.ts";
import type { Limits, Listener, OpenFile, Probe, SeenProcess } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";

/** The kernel shows times in hundredths of a second to every program (sysconf(_SC_CLK_TCK) on all architectures of tsv). */
const TICKS_PER_SECOND = 100;
const DELETED = " (deleted)";
const MOST_BYTES = 1 << 20;

/** The list of processes is read once, at the first question. */
export function createProcessProbe() {
  let all: readonly SeenProcess[] | null = null;
  const bootedMs = bootTime();
  return {
    processes() {
      all ??= pids().flatMap((pid) => readProcess(pid, bootedMs) ?? []);
      return all;
    },
    process: (pid: number) => readProcess(pid, bootedMs),
    children,
    openFiles,
    limits,
    environment,
  } satisfies Partial<Probe>;
}

/** Wall clock of the kernel's boot, milliseconds since 1970. */
export function bootTime(): number {
  const seconds = /^btime (\d+)$/m.exec(text("/proc/stat") ?? "")?.[1];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

/** As uname -m. */
export const machineName = machine;

function pids(): readonly number[] {
  return (names("/proc") ?? []).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** In the order of the kernel, which for /proc is that of the pids; null: exited meanwhile, or of another user. */
function names(directory: string): readonly string[] | null {
  return quietly(() => readdirSync(directory));
}

/** Of all threads of a process; null on kernels without this list. */
function children(pid: number): readonly number[] | null {
  const lists = (names(`/proc/${pid}/task`) ?? []).map((thread) =>
    text(`/proc/${pid}/task/${thread}/children`),
  );
  if (lists.includes(null)) return null;
  return lists.flatMap((list) => (list?.match(/\d+/g) ?? []).map(Number));
}

/** What costs reads of its own is read when it is asked for: most processes are asked only for their command. */
function readProcess(pid: number, bootedMs: number): SeenProcess | null {
  const stat = readStat(pid);
  // A keeper and its daemon are one process here: the keeper, in the state of the daemon.
  if (stat === null || isKept(stat)) return null;
  const { name, fields } = stat;
  const [ownState = "?", parent, group] = fields;
  const daemon = once(() => (/^(?:tsv|supervisord)/.test(name) ? daemonOf(pid) : null));
  const state = daemon() === null ? ownState : stateOf(daemon() ?? "", ownState);
  const startTicks = Number(fields[19]);
  const uid = once(() => ownerOf(pid));
  const command = once(() => (text(`/proc/${pid}/cmdline`) ?? "").split("\0").slice(0, -1));
  const exe = once(() => link(`/proc/${daemon() ?? pid}/exe`));
  const cwd = once(() => link(`/proc/${pid}/cwd`));
  const contained = once(() => isContained(pid));
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    state,
    name,
    startTicks,
    startedMs: bootedMs + (startTicks * 1000) / TICKS_PER_SECOND,
    get uid() {
      return uid();
    },
    get command() {
      return command();
    },
    get exe() {
      return exe()?.target ?? null;
    },
    get exeDeleted() {
      return exe()?.deleted ?? false;
    },
    get isKeeper() {
      return isKeeper(pid);
    },
    get cwd() {
      return cwd()?.target ?? null;
    },
    get cwdDeleted() {
      return cwd()?.deleted ?? false;
    },
    get contained() {
      return contained();
    },
  };
}

/** The name of a process, and the fields behind it; null if it has exited meanwhile. */
function readStat(pid: number) {
  const stat = text(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name is in parentheses and may contain any character, including ")": parse after the last one.
  const close = stat.lastIndexOf(")");
  const name = stat.slice(stat.indexOf("(") + 1, close);
  return { name, fields: stat.slice(close + 2).split(" ") };
}

/** Whether a process is the daemon of a keeper. */
function isKept({ name, fields: [, parent = ""] }: NonNullable<ReturnType<typeof readStat>>) {
  return name === DAEMON_NAME && isKeeper(parent);
}

function stateOf(pid: string, otherwise: string): string {
  return /\) (\S)/.exec(text(`/proc/${pid}/stat`) ?? "")?.[1] ?? otherwise;
}

/** The answer of the first call. */
function once<Answer>(ask: () => Answer): () => Answer {
  const answers = remembered((_: null) => ask());
  return () => answers(null);
}

/** The real uid: the owner of the directory is root if a process has changed its credentials. */
function ownerOf(pid: number): number {
  const uid = /^Uid:\s+(\d+)/m.exec(text(`/proc/${pid}/status`) ?? "")?.[1];
  if (uid !== undefined) return Number(uid);
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? -1;
}

/** Containers have their own pids; pid_namespaces(7). */
function isContained(pid: number): boolean {
  const theirs = link(`/proc/${pid}/ns/pid`);
  return theirs !== null && theirs.target !== link("/proc/self/ns/pid")?.target;
}

function openFiles(pid: number): readonly OpenFile[] | null {
  const directory = `/proc/${daemonOf(pid) ?? pid}/fd`;
  const open = names(directory)?.flatMap((name) => {
    const found = link(`${directory}/${name}`);
    return found === null ? [] : [{ fd: Number(name), ...found }];
  });
  return open ?? null;
}

function limits(pid: number): Limits | null {
  const table = text(`/proc/${daemonOf(pid) ?? pid}/limits`);
  if (table === null) return null;
  const row = (name: string): Limits["openFiles"] => {
    const [, soft = "unlimited", hard = "unlimited"] =
      new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, "m").exec(table) ?? [];
    return { soft: amount(soft), hard: amount(hard) };
  };
  return { openFiles: row("Max open files"), processes: row("Max processes") };
}

function amount(word: string): number {
  return word === "unlimited" ? Number.POSITIVE_INFINITY : Number(word);
}

function environment(pid: number): Readonly<Record<string, string>> | null {
  const found = text(`/proc/${pid}/environ`);
  if (found === null) return null;
  const pairs = found.split("\0").flatMap((entry) => {
    const at = entry.indexOf("=");
    return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}

function link(path: string): { readonly target: string; readonly deleted: boolean } | null {
  const target = fileProbe.linkTarget(path);
  if (target === null) return null;
  const deleted = target.endsWith(DELETED);
  return { target: deleted ? target.slice(0, -DELETED.length) : target, deleted };
}

/** Command lines and environments need not be UTF-8. */
function text(path: string): string | null {
  const bytes = fileProbe.readHead(path, MOST_BYTES);
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}

// Listening sockets and their processes; proc_net(5), unix(7).

/** TCP_LISTEN of the kernel, in hexadecimal. */
const LISTENING = "0A";
/** SO_ACCEPTCON: the bit of /proc/net/unix that marks a listener. */
const ACCEPTS = 0x10000;

interface ListeningSocket {
  readonly listener: Omit<Listener, "pid">;
  readonly inode: string;
}

/** The sockets are read once, at the first question; the process of each when it is asked for. */
export function createListeners() {
  const owners = createOwners();
  const sockets = once(listeningSockets);
  return {
    listeners: once(() => sockets().map((socket) => listenerOf(socket, owners.ownerOf))),
    listenersOf(pid: number) {
      const held = new Set(openFiles(pid)?.map(({ target }) => target));
      const own = sockets().filter(({ inode }) => held.has(`socket:[${inode}]`));
      return own.map((socket) => listenerOf(socket, () => pid));
    },
    suspect: owners.suspect,
  } satisfies Partial<Probe>;
}

function listenerOf(
  { listener, inode }: ListeningSocket,
  ownerOf: (inode: string) => number | null,
): Listener {
  return {
    ...listener,
    get pid() {
      return ownerOf(inode);
    },
  };
}

function listeningSockets(): readonly ListeningSocket[] {
  return [
    ...rowsOf("/proc/net/tcp").flatMap(tcpListener),
    ...rowsOf("/proc/net/tcp6").flatMap(tcpListener),
    ...rowsOf("/proc/net/unix").flatMap(unixListener),
  ];
}

/** Without the heading. A host without IPv6 has no tcp6. */
function rowsOf(path: string): readonly string[] {
  return (
    quietly(() => readFileSync(path, "utf8"))
      ?.split("\n")
      .slice(1) ?? []
  );
}

function tcpListener(row: string): readonly ListeningSocket[] {
  const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
  if (state !== LISTENING) return [];
  const [digits = "", port = ""] = local.split(":");
  const address = addressOf(digits);
  return [{ listener: { kind: "tcp", address, port: Number.parseInt(port, 16) }, inode }];
}

/** Each word of four bytes is in the order of the host, which is little-endian on all architectures of tsv. */
function addressOf(hexadecimal: string): string {
  const words = hexadecimal.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, "hex")].reverse());
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  if (isMapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return groups.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::");
}

function unixListener(row: string): readonly ListeningSocket[] {
  const match = /^\S+ \S+ \S+ ([0-9A-F]+) \S+ \S+ +(\d+) (\/.*)$/.exec(row);
  const [, flags = "0", inode = "", address = ""] = match ?? [];
  if ((Number.parseInt(flags, 16) & ACCEPTS) === 0) return [];
  return [{ listener: { kind: "unix", address, port: 0 }, inode }];
}

/**
 * Finds the process of a socket: a suspect, else the one with the lowest pid that has it, because a child may have inherited it.
 * The daemon of a keeper is left out, whose pid may be lower: the keeper stands for both. Descriptors of further processes are read
 * only until it is found.
 */
function createOwners() {
  const owners = new Map<string, number>();
  const suspects = new Map<string, number>();
  const left = once(() => pids().values());
  const read = (pid: number, found: Map<string, number>): void => {
    for (const { target } of openFiles(pid) ?? []) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && !found.has(inode)) found.set(inode, pid);
    }
  };
  return {
    suspect: (pid: number) => read(pid, suspects),
    ownerOf(inode: string): number | null {
      const suspect = suspects.get(inode);
      if (suspect !== undefined) return suspect;
      while (!owners.has(inode)) {
        const next = left().next();
        if (next.done === true) return null;
        const stat = readStat(next.value);
        if (stat !== null && !isKept(stat)) read(next.value, owners);
      }
      return owners.get(inode) ?? null;
    },
  };
}
