// The outside facts that checks ask for while they look, synchronously; core stays pure by receiving them. Nothing here
// changes anything. Paths are absolute; links are followed unless it says otherwise.

import type { GroupAccount, UserAccount } from "../../core/config/world.ts";
import type { FoundFile } from "../../install/plan/steps.ts";

/** What is at a path, after following links. */
export interface Seen {
  readonly kind: "file" | "directory" | "socket" | "pipe" | "character" | "block";
  /** Permission bits, as for chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  /** Wall clock, milliseconds since 1970. */
  readonly modifiedMs: number;
  readonly device: number;
  readonly inode: number;
}

/** `error` is an errno name: ENOENT, EACCES, ENOTDIR, ELOOP... */
export type Look = ({ readonly ok: true } & Seen) | { readonly ok: false; readonly error: string };

export interface FileSystem {
  readonly mountPoint: string;
  /** As in /proc/self/mountinfo: "ext4", "tmpfs", "nfs4", "vfat". */
  readonly type: string;
  /** Options of the mount and of its super block: "ro", "noexec", "nosuid". */
  readonly options: readonly string[];
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** 0 total where the file system does not count them. */
  readonly freeInodes: number;
  readonly totalInodes: number;
}

/** A process as /proc shows it. Fields that this user may not read are null. */
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
  /** Ticks since boot, which with the pid names a process for good. */
  readonly startTicks: number;
  /** Wall clock of its start, milliseconds since 1970; counts from the kernel's boot time. */
  readonly startedMs: number;
  readonly exe: string | null;
  /** The file of its executable was removed or replaced. */
  readonly exeDeleted: boolean;
  readonly cwd: string | null;
  readonly cwdDeleted: boolean;
  /** It lives in a container: another pid namespace than ours. */
  readonly contained: boolean;
}

export interface OpenFile {
  readonly fd: number;
  /** The path without " (deleted)", or "socket:[123]", "pipe:[123]". */
  readonly target: string;
  readonly deleted: boolean;
}

/** A socket that takes connections. */
export interface Listener {
  readonly kind: "tcp" | "unix";
  /** "0.0.0.0", "::", "127.0.0.1"; for unix the path it was bound to. */
  readonly address: string;
  /** 0 for unix. */
  readonly port: number;
  /** Whose it is; null when this user cannot see it. */
  readonly pid: number | null;
}

/** Soft and hard; Infinity for unlimited. */
export interface Limits {
  readonly openFiles: { readonly soft: number; readonly hard: number };
  readonly processes: { readonly soft: number; readonly hard: number };
}

export interface CommandAnswer {
  /** null: killed, timed out, or there is no such command. */
  readonly status: number | null;
  readonly output: string;
}

export interface Probe {
  look(path: string): Look;
  /** Links not followed, with the hash of a file: what steps of a repair compare with. */
  find(path: string): FoundFile;
  /** Where a link leads, one step; null when it is none. */
  linkTarget(path: string): string | null;
  /** Whose link it is; null when it is none. */
  linkOwner(path: string): number | null;
  /** With every link resolved; null when something is missing. */
  realPath(path: string): string | null;
  /** At most 1 MiB of text, strict UTF-8; null when missing, unreadable or not text. */
  readText(path: string): string | null;
  /** The first bytes; null when it is no file or cannot be read. Never opens a device or a pipe. */
  readHead(path: string, bytes: number): Uint8Array | null;
  /** The last bytes of a file; null also behind links of users that lead to what is not theirs. */
  readTail(path: string, bytes: number): Uint8Array | null;
  /** Names in a directory, sorted; null when it cannot be read. */
  list(path: string): readonly string[] | null;
  /** The file system that holds a path, or its deepest existing parent. */
  fileSystem(path: string): FileSystem | null;
  user(nameOrUid: string | number): UserAccount | null;
  group(nameOrGid: string | number): (GroupAccount & { readonly name: string }) | null;
  /** Primary and further groups of a user, as initgroups(3) would set them. */
  groupsOf(user: string): readonly number[];
  /** "root:tsv", with ids where there is no name. */
  ownerName(uid: number, gid: number): string;
  /** Every process that this user can see. */
  processes(): readonly SeenProcess[];
  process(pid: number): SeenProcess | null;
  /** null: may not be seen, or gone. */
  openFiles(pid: number): readonly OpenFile[] | null;
  limits(pid: number): Limits | null;
  /** Environment of a process as it was started; null: may not be seen. */
  environment(pid: number): Readonly<Record<string, string>> | null;
  listeners(): readonly Listener[];
  /** Runs a question that changes nothing: systemctl show, getenforce. At most 5 s. */
  ask(argv: readonly string[]): CommandAnswer;
}
