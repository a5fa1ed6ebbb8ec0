// A FUSE mount whose operations tests stall, delay or fail; see stalling-fs.c. Nothing of it outlives the test process: the
// server ends with its stdin, and the mount goes with the server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { compiled } from "./compiled.ts";

/** Requests of the kernel by kind. There is no `access`: the kernel asks for attributes and judges by itself. */
export type Operation =
  | "all"
  | "lookup"
  | "getattr"
  | "setattr"
  | "readlink"
  | "symlink"
  | "mknod"
  | "mkdir"
  | "unlink"
  | "rmdir"
  | "rename"
  | "link"
  | "open"
  | "create"
  | "read"
  | "write"
  | "flush"
  | "fsync"
  | "release"
  | "opendir"
  | "readdir"
  | "releasedir"
  | "statfs";

/** How a mount behaves. */
export interface StallingOptions {
  /** Whoever waits cannot even be killed. Otherwise SIGKILL ends the wait, as on NFS. */
  readonly deaf?: boolean;
  /** The test that the mount goes away with. */
  readonly t?: { after(fn: () => Promise<void>): void };
}

/** One mount. Everything is in effect when its promise resolves. */
export interface StallingMount {
  /** The mount point, open to all users. */
  readonly path: string;
  /** The plain directory behind it: what is read and written here never waits. */
  readonly backing: string;
  /** Requests of these kinds wait from now on; all kinds when none is named. */
  stall(...operations: readonly Operation[]): Promise<void>;
  /** The same for what is at or below `below`, relative to the mount. */
  stallBelow(below: string, ...operations: readonly Operation[]): Promise<void>;
  /** Requests are answered after so many milliseconds. */
  delay(operation: Operation, milliseconds: number, below?: string): Promise<void>;
  /** Requests fail. @param errno such as "EIO" */
  fail(operation: Operation, errno: string, below?: string): Promise<void>;
  /** Forgets all of that; what waits is served. */
  release(): Promise<void>;
  /** Resolves when a request of that kind waits, or did since the mount was made. @param path relative to the mount */
  stalled(operation: Exclude<Operation, "all">, path?: string): Promise<void>;
  /** Detaches the mount and removes both directories. What waits fails. May be called twice. */
  unmount(): Promise<void>;
}

const SOURCE = "test/rig/stalling-fs.c";

/** The reason why there can be no such mount here, or false. */
export function withoutStallingMount(): string | false {
  if (process.getuid?.() !== 0) return "needs root: it mounts a file system that stalls";
  if (!existsSync("/dev/fuse")) return "no /dev/fuse: it mounts a file system that stalls";
  try {
    compiled(SOURCE);
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the server says, line by line. */
class Server {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #asked: ((answer: string) => void)[] = [];
  readonly #stalled: string[] = [];
  readonly #watchers = new Set<() => void>();
  #pending = 0;

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], detached: true });
    this.#child.stdin?.on("error", () => {});
    this.#exit = once(this.#child, "exit");
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("stalling-fs has no stdout");
    const lines = createInterface({ input: stdout });
    for (const stream of [this.#child.stdin, stdout]) (stream as unknown as Socket).unref();
    lines.on("line", (line) => this.#read(line));
    lines.on("close", () => {
      for (const answer of this.#asked.splice(0)) answer("gone");
    });
  }

  /** The server keeps the test's process alive only while something is awaited of it. */
  async #awaited<T>(answer: Promise<T>): Promise<T> {
    this.#pending += 1;
    this.#child.ref();
    try {
      return await answer;
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#child.unref();
    }
  }

  #read(line: string): void {
    if (!line.startsWith("stalled ")) {
      this.#asked.shift()?.(line);
      return;
    }
    this.#stalled.push(line.slice("stalled ".length));
    for (const look of this.#watchers) look();
  }

  /** Its next line that answers. */
  answer(): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      this.#asked.push(resolve);
    });
    return this.#awaited(answer);
  }

  async command(line: string): Promise<void> {
    const answered = this.answer();
    this.#child.stdin?.write(`${line}\n`);
    const answer = await answered;
    if (answer !== "ok") throw new Error(`stalling-fs: ${line}: ${answer}`);
  }

  stalled(wanted: (line: string) => boolean): Promise<void> {
    const stalled = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.#stalled.some(wanted)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
    return this.#awaited(stalled);
  }

  async end(): Promise<void> {
    this.#child.stdin?.end("unmount\n");
    await this.#awaited(this.#exit);
  }
}

/** Mounts such a file system in a directory of its own. @throws where there can be none, see `withoutStallingMount` */
export async function mountStalling(options: StallingOptions = {}): Promise<StallingMount> {
  const program = compiled(SOURCE);
  const base = mkdtempSync("/tmp/tsv-stalling-");
  const [path, backing] = [join(base, "mnt"), join(base, "backing")];
  for (const directory of [base, path, backing]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  }
  const server = new Server(program, [path, backing, ...(options.deaf ? ["deaf"] : [])]);
  const answer = await server.answer();
  if (answer !== "mounted") {
    rmSync(base, { recursive: true });
    throw new Error(`the kernel refuses a FUSE mount: ${answer}`);
  }
  const mount = controls(server, path, backing);
  options.t?.after(() => mount.unmount());
  return mount;
}

function controls(server: Server, path: string, backing: string): StallingMount {
  const stallBelow = async (below: string, ...operations: readonly Operation[]): Promise<void> => {
    for (const operation of operations.length === 0 ? ["all"] : operations) {
      await server.command(`stall ${operation} ${below}`);
    }
  };
  let unmounted: Promise<void> | null = null;
  return {
    path,
    backing,
    stall: (...operations) => stallBelow(".", ...operations),
    stallBelow,
    delay: (operation, milliseconds, below = ".") =>
      server.command(`delay ${operation} ${milliseconds} ${below}`),
    fail(operation, errno, below = ".") {
      const number = (constants.errno as Readonly<Record<string, number>>)[errno];
      if (number === undefined) throw new Error(`no errno is called ${errno}`);
      return server.command(`fail ${operation} ${number} ${below}`);
    },
    release: () => server.command("release"),
    stalled: (operation, of) =>
      server.stalled((line) =>
        of === undefined ? line.startsWith(`${operation} `) : line === `${operation} ${of}`,
      ),
    unmount() {
      unmounted ??= server.end().then(() => {
        // By way of a directory that no hung mount is in.
        removeBusy(dirname(backing));
      });
      return unmounted;
    },
  };
}

/**
 * What was held up continues only now, and may make files in what is being removed: none is found by its old name, and each
 * try looks again for those that were being made.
 */
function removeBusy(directory: string): void {
  const removed = `${directory}-removed`;
  if (existsSync(directory)) renameSync(directory, removed);
  for (let tries = 5; ; tries -= 1) {
    try {
      rmSync(removed, { recursive: true, force: true, maxRetries: 5 });
      return;
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}
