// Facts that checks ask for while they run, synchronously, so that checks stay pure. No question changes anything. Paths are
// absolute; symlinks are followed unless stated otherwise.

import { isLocked } from "../../core/base/procfs.ts";
import type { GroupAccount, UserAccount } from "../../core/config/world.ts";
import type { ReadCertificate } from "../../core/net/certificates.ts";
import { bracketed } from "../../core/net/tcp-table.ts";
import type { FoundFile, Precondition } from "../../install/plan/steps.ts";

/** The file at a path, with symlinks followed. */
export interface Seen extends Precondition {
  readonly bytes: number;
  /** Wall clock, milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** `error` is an errno name: ENOENT, EACCES, ENOTDIR, ELOOP... */
export type Look = ({ readonly ok: true } & Seen) | { readonly ok: false; readonly error: string };

export interface FileSystem {
  readonly mountPoint: string;
  /** As in /proc/self/mountinfo: "ext4", "tmpfs", "nfs4", "vfat". */
  readonly type: string;
  /** Options of the mount and of its super block: "ro", "noexec", "nosuid". */
  readonly options: readonly string[];
  /** What /proc/locks names for its files: "8:1"; null if that is not known. */
  readonly lockDevice: string | null;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** The total is 0 if the file system does not count them. */
  readonly freeInodes: number;
  readonly totalInodes: number;
}

/** A process from /proc. Fields that this user may not read are null. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  readonly uid: number;
  /** The kernel's letter: R S D T Z. */
  readonly state: string;
  readonly name: string;
  readonly command: readonly string[];
  /** Ticks since boot; together with the pid, they identify a process. */
  readonly startTicks: number;
  /** Wall clock of its start, milliseconds since 1970; counts from the kernel's boot time. */
  readonly startedMs: number;
  readonly exe: string | null;
  /** The file of its executable was removed or replaced. */
  readonly exeDeleted: boolean;
  /** It is the keeper of a daemon. */
  readonly isKeeper: boolean;
  readonly cwd: string | null;
  readonly cwdDeleted: boolean;
  /** It is in a container: in another pid namespace. */
  readonly contained: boolean;
}

export interface OpenFile {
  readonly fd: number;
  /** The path without " (deleted)", or "socket:[123]", "pipe:[123]". */
  readonly target: string;
  readonly deleted: boolean;
}

/** A listening socket. */
export interface Listener {
  readonly kind: "tcp" | "unix";
  /** "0.0.0.0", "::", "127.0.0.1"; for unix the path it was bound to. */
  readonly address: string;
  /** 0 for unix. */
  readonly port: number;
  /** Its process; null if unknown to this user. */
  readonly pid: number | null;
}

/** "127.0.0.1:8080", "[::1]:8080". */
export function listenerAddress({ address, port }: Pick<Listener, "address" | "port">): string {
  return `${bracketed(address)}:${port}`;
}

/** Soft and hard; Infinity for unlimited. */
export interface Limits {
  readonly openFiles: { readonly soft: number; readonly hard: number };
  readonly processes: { readonly soft: number; readonly hard: number };
}

export interface CommandAnswer {
  /** null: killed, timed out, or the command does not exist. */
  readonly status: number | null;
  readonly output: string;
}

export interface Probe {
  /** The mount point of a file system that does not answer, if the path leads there: nothing else is known of the path. */
  silentMount(path: string): string | null;
  /** ETIMEDOUT if its file system does not answer. */
  look(path: string): Look;
  /** Without following symlinks, with the hash of a file: repairs use it as precondition. */
  find(path: string): FoundFile;
  /** The target of a symlink, one step; null if it is not a symlink. */
  linkTarget(path: string): string | null;
  /** The owner of a symlink; null if it is not a symlink. */
  linkOwner(path: string): number | null;
  /** With all symlinks resolved; null if a component is missing. */
  realPath(path: string): string | null;
  /** At most 1 MiB of text, strict UTF-8; null if missing, unreadable or not text. */
  readText(path: string): string | null;
  /** The first certificate in a text (PEM), and whether a key is its own; null if it is none. */
  certificate: ReadCertificate;
  /** The first bytes; null if it is not a file or cannot be read. Never opens a device or a pipe. */
  readHead(path: string, bytes: number): Uint8Array | null;
  /**
   * The last bytes of a file; also null if a user's symlink points to another user's file.
   * @param end reads the last bytes before this offset
   */
  readTail(path: string, bytes: number, end?: number): Uint8Array | null;
  /**
   * Bytes of the backup of a log, compressed or not: of PATH, PATH.gz or PATH.zst.
   * @param from counts from its end: -1 is its last byte
   * @returns with its size when it is not compressed; null as `readTail`, and if it is too large to be decompressed
   */
  readBackup(
    path: string,
    from: number,
    to: number,
  ): { readonly bytes: Uint8Array; readonly size: number } | null;
  /** Names in a directory, sorted; null if it cannot be read. */
  list(path: string): readonly string[] | null;
  /** The file system of a path, or of its deepest existing parent. */
  fileSystem(path: string): FileSystem | null;
  user(nameOrUid: string | number): UserAccount | null;
  group(nameOrGid: string | number): (GroupAccount & { readonly name: string }) | null;
  /** Primary and supplementary groups of a user, as initgroups(3) would set them. */
  groupsOf(user: string): readonly number[];
  /** "root:tsv", with ids if there is no name. */
  ownerName(uid: number, gid: number): string;
  /** All processes that this user can see. */
  processes(): readonly SeenProcess[];
  process(pid: number): SeenProcess | null;
  /** The pids of its children; null if the kernel does not list them. */
  children(pid: number): readonly number[] | null;
  /** null: hidden, or exited. */
  openFiles(pid: number): readonly OpenFile[] | null;
  limits(pid: number): Limits | null;
  /** Initial environment of a process; null: hidden. */
  environment(pid: number): Readonly<Record<string, string>> | null;
  listeners(): readonly Listener[];
  /** The listeners of one process. */
  listenersOf(pid: number): readonly Listener[];
  /** This process probably has a listener: others are examined only for listeners that it does not have. */
  suspect(pid: number): void;
  /** Runs a command that only reads: systemctl show, getenforce. At most 3 s, and briefly after one that has not ended. */
  ask(argv: readonly string[]): CommandAnswer;
}

/** Whether two paths refer to the same file, with symlinks resolved. */
export function isSamePath(left: string, right: string, probe: Pick<Probe, "realPath">): boolean {
  return left === right || (probe.realPath(left) ?? left) === (probe.realPath(right) ?? right);
}

/** Whether a process has locked a file; null if the locks of this host cannot be read. */
export function isFileLocked(path: string, inode: number, probe: Probe): boolean | null {
  const table = probe.readText("/proc/locks");
  if (table === null) return null;
  return isLocked(table, { inode, device: probe.fileSystem(path)?.lockDevice ?? null });
}
