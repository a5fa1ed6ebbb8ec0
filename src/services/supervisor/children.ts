// The children: starts that are under way, the live ones and their pipes, their release. Knows nothing about states.

import type { ProcessKey } from "../../core/base/ids.ts";
import { ok, type Result, thrownStack } from "../../core/base/result.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import {
  type CommandProblem,
  commandProblem,
  type LaunchContext,
  planCommand,
  programEnvironment,
} from "../../core/process/launch.ts";
import { unusableOf } from "../../core/process/spawn-errors.ts";
import type { Snapshot } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ListenerSockets } from "../../ports/listener-sockets.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { Spawned, Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import { FcgiSockets } from "./fcgi-sockets.ts";
import type { Notifications } from "./notifications.ts";
import { Start, type Started, type StartFailure } from "./start.ts";

export interface ChildrenDeps {
  readonly spawner: Spawner;
  readonly pipes: Pipes;
  readonly host: ProgramHost;
  readonly logs: Pick<LogsApi, "attach" | "reattach" | "detach">;
  readonly activity: Pick<ActivityLog, "log">;
  readonly descriptors: DescriptorTable;
  readonly sockets: ListenerSockets;
  readonly sources: EnvironmentSources;
  readonly context: LaunchContext;
  readonly notifications: Notifications;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** A start that waited for its user or socket may continue: `unsuspend` is to be called in its turn. */
  readonly ready: () => void;
}

/** So many starts that look up their user or have a child which has not executed keep a small machine busy. */
const MOST_YOUNG = 8;
/** One that takes longer is held up, and does not use a processor. */
const YOUNG_MS = 20;

interface Child {
  readonly fds: Pick<Spawned, "pid" | "stdin">;
  readonly stdin: StdinWriter | null;
  readonly gathered: Gathered;
}

export class Children {
  readonly #deps: ChildrenDeps;
  readonly #live = new Map<ProcessKey, Child>();
  readonly #starts = new Map<ProcessKey, Start>();
  /** Files that are being looked for. */
  readonly #looks = new Set<ProcessRecord>();
  /** Starts that may continue, in order. */
  readonly #ready: (() => void)[] = [];
  readonly #fcgi: FcgiSockets;
  #isHeld = false;
  /** No start and no look is under way any more. */
  #ended: () => void = () => {};
  /** The logs close their ends when they have read them to the end: before or after the child is released. */
  readonly #closed: (fd: number) => void;

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
    this.#fcgi = new FcgiSockets(deps);
    this.#closed = (fd) => deps.descriptors.remove(fd);
  }

  /** Why the file of a program cannot be executed; null when it can, or is on a disk that does not answer. */
  find(record: ProcessRecord, told: (problem: CommandProblem | null) => void): void {
    const { context } = this.#deps;
    if (isFoundLater(record.config)) {
      told(null);
      return;
    }
    const { config, group } = record;
    const environment = programEnvironment(config, group, context, NOTHING_GATHERED);
    const plan = planCommand(config, environment, context.builtInCommand ?? null);
    if (!plan.ok) {
      told(plan.error);
      return;
    }
    const isSuspect = record.state.history.hostFailures > 0;
    const { candidates } = plan.value;
    this.#looks.add(record);
    this.#deps.spawner.look({ candidates, isSuspect }, (failure) => {
      this.#looks.delete(record);
      if (this.isQuiet) this.#ended();
      const isFound = failure === null || failure.stage !== "find" || failure.errno === "ETIMEDOUT";
      const { errno = "", index = -1 } = failure ?? {};
      told(isFound ? null : commandProblem(plan.value, unusableOf(errno), index));
    });
  }

  /** Begins to start a process. @param settled called with its pid or the reason of the failure, perhaps before this returns */
  start(record: ProcessRecord, settled: (outcome: Result<number, StartFailure>) => void): void {
    const { key } = record;
    // The daemon that follows starts it.
    if (this.#isHeld) return;
    const { now } = this.#deps;
    const turn = (unsuspend: () => void): void => {
      this.#ready.push(unsuspend);
      this.#deps.ready();
    };
    const deps = { ...this.#deps, sockets: this.#fcgi, turn };
    const start = new Start(deps, record, now, (outcome) => {
      this.#starts.delete(key);
      if (this.isQuiet) this.#ended();
      if (outcome.ok) this.#adopt(record, outcome.value);
      settled(outcome.ok ? ok(outcome.value.pid) : outcome);
    });
    this.#starts.set(key, start);
    start.begin();
  }

  /** A start may continue. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Has the first of those continue. */
  unsuspend(): void {
    this.#ready.shift()?.();
  }

  /** Ends a start that is under way; nothing of the program has run. */
  abandon(key: ProcessKey): void {
    this.#starts.get(key)?.abandon();
    this.#starts.delete(key);
  }

  /** Ends a start that takes too long. @returns what it was doing; null when its outcome is known after all */
  giveUp(key: ProcessKey): string | null {
    this.#deps.spawner.settle();
    const start = this.#starts.get(key);
    this.#starts.delete(key);
    return start?.abandon() ?? null;
  }

  /** Tells outcomes that are known by now. */
  settle(): void {
    if (this.#starts.size > 0) this.#deps.spawner.settle();
  }

  /**
   * Whether so many starts were begun a moment ago that more would only wait for a processor.
   * @returns when not any more, if none of them gets further; monotonic milliseconds, or null
   */
  crowdedUntil(now: number): number | null {
    if (this.#isHeld || this.#starts.size < MOST_YOUNG) return null;
    let young = 0;
    let until = Number.POSITIVE_INFINITY;
    for (const { busySince } of this.#starts.values()) {
      if (busySince === null || busySince + YOUNG_MS <= now) continue;
      young += 1;
      until = Math.min(until, busySince + YOUNG_MS);
    }
    return young < MOST_YOUNG ? null : until;
  }

  /** Begins no start until `unhold`; those that are under way continue. */
  hold(): void {
    this.#isHeld = true;
    this.#deps.notifications.hold();
  }

  /** Settles when no start and no look is under way any more, at the latest at `deadline`. */
  startsEnd(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.isQuiet || deadline.aborted) return resolve();
      this.#ended = resolve;
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Forgets the starts and looks that are under way: they are begun again. */
  forgetStarts(): void {
    for (const start of this.#starts.values()) start.abandon();
    this.#starts.clear();
    this.#looks.clear();
  }

  /** No start and no look is under way. */
  get isQuiet(): boolean {
    return this.#starts.size === 0 && this.#looks.size === 0;
  }

  /** Settles when commands of starts that were forgotten are dead, at the latest at `deadline`. */
  async forgetGathering(deadline: AbortSignal): Promise<void> {
    for (const [key, start] of this.#starts) {
      if (!start.isGathering) continue;
      start.abandon();
      this.#starts.delete(key);
    }
    await this.#deps.sources.quiet(deadline);
  }

  /** What was gathered for a program that runs. */
  gathered(key: ProcessKey): Gathered | null {
    return this.#live.get(key)?.gathered ?? null;
  }

  /** Takes `hold` back. */
  unhold(): void {
    this.#isHeld = false;
    this.#deps.notifications.resume();
  }

  /** What another daemon has to know of the live children. */
  snapshot(): Pick<Snapshot, "children" | "fcgi" | "notifications"> {
    const children = Array.from(this.#live, ([key, { fds, stdin, gathered }]) => ({
      ...{ key, pid: fds.pid, stdin: fds.stdin, gathered },
      unread: stdin?.unread ?? [],
    }));
    return {
      children,
      fcgi: this.#fcgi.snapshot(),
      notifications: this.#deps.notifications.snapshot(),
    };
  }

  /** Takes over the live children of another daemon; what they wrote and what they are to read waits for `resume`. */
  takeOver(
    { children, fcgi, notifications }: Pick<Snapshot, "children" | "fcgi" | "notifications">,
    configOf: (key: ProcessKey) => ProcessConfig | null,
  ): void {
    for (const { key, pid, stdin, unread, gathered } of children) {
      this.#live.set(key, {
        fds: { pid, stdin },
        stdin: stdin === null ? null : new StdinWriter(stdin, this.#deps.pipes, unread),
        gathered,
      });
      this.#deps.logs.reattach(key, this.#closed);
    }
    this.#fcgi.takeOver(fcgi, configOf);
    this.#deps.notifications.restore(notifications);
  }

  resume(): void {
    this.#deps.notifications.resume();
    for (const { stdin } of this.#live.values()) stdin?.resume();
  }

  /** The child is dead: takes what is left in its pipes and closes them. */
  release(key: ProcessKey): void {
    this.#fcgi.release(key);
    this.#deps.notifications.release(key);
    const child = this.#live.get(key);
    if (child === undefined) return;
    this.#live.delete(key);
    const { stdin } = child.fds;
    if (stdin !== null) this.#deps.descriptors.remove(stdin);
    this.#deps.logs.detach(key);
    if (stdin !== null) this.#deps.pipes.close(stdin);
  }

  /** Nothing of this daemon runs any more, or nothing that can be stopped. */
  close(): void {
    this.#fcgi.closeAll();
    this.#deps.notifications.closeAll();
  }

  /** Tells a program how large its terminal is. @returns the errno; "none" when it has no terminal */
  resize(record: ProcessRecord, size: WindowSize): "resized" | "none" | { readonly errno: string } {
    const stdin = this.#live.get(record.key)?.fds.stdin;
    if (!record.config.tty || typeof stdin !== "number") return "none";
    const errno = this.#deps.spawner.resize(stdin, size);
    return errno === null ? "resized" : { errno };
  }

  /** Queues bytes for a program's stdin. */
  writeStdin(key: ProcessKey, bytes: Uint8Array): "accepted" | "full" | "closed" {
    return this.#live.get(key)?.stdin?.write(bytes) ?? "closed";
  }

  /** Queues an event for a listener, which is sent no other before it has read this one: there is no limit to it. */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed" {
    const outcome = this.#live.get(key)?.stdin?.write(bytes, Number.POSITIVE_INFINITY);
    return outcome === "accepted" ? "accepted" : "closed";
  }

  /** It lives: whatever is wrong with its pipes, it must be known by its pid. */
  #adopt({ key, config }: ProcessRecord, fds: Started): void {
    try {
      this.#attach(key, fds);
    } catch (error) {
      const reason = thrownStack(error);
      this.#deps.activity.log(
        "CRIT",
        linesOf(`the output of ${config.name} is not read: ${reason}`),
      );
    }
  }

  #attach(key: ProcessKey, fds: Started): void {
    const { descriptors, pipes, logs } = this.#deps;
    this.#deps.notifications.attach(key, fds.pid);
    this.#live.set(key, {
      fds,
      stdin: fds.stdin === null ? null : new StdinWriter(fds.stdin, pipes),
      gathered: fds.gathered,
    });
    if (fds.stdin !== null) descriptors.add(fds.stdin, { role: "stdin", owner: key });
    descriptors.add(fds.stdout, { role: "stdout", owner: key });
    if (fds.stderr !== null) descriptors.add(fds.stderr, { role: "stderr", owner: key });
    try {
      logs.attach(key, fds.pid, { stdout: fds.stdout, stderr: fds.stderr }, this.#closed);
    } catch (error) {
      descriptors.remove(fds.stdout);
      if (fds.stderr !== null) descriptors.remove(fds.stderr);
      throw error;
    }
  }
}

/** Where its command is depends on a PATH that only its start reads. */
function isFoundLater({ command, envFiles, envCommand }: ProcessConfig): boolean {
  const hasPath = /^\s*[^\s]*\//.test(command);
  return !hasPath && (envFiles.length > 0 || envCommand !== null);
}

// Input from clients to a program's stdin: written as far as the pipe accepts it, the rest queued up to a limit.

/** Bytes that may wait for a program that does not read. */
const MAX_QUEUED = 1024 * 1024;

export class StdinWriter {
  readonly #fd: number;
  readonly #pipes: Pipes;
  #queue: Uint8Array[] = [];
  #queued = 0;

  /** @param unread what was queued by the daemon before this one; it waits for `resume` */
  constructor(fd: number, pipes: Pipes, unread: readonly Uint8Array[] = []) {
    this.#fd = fd;
    this.#pipes = pipes;
    for (const bytes of unread) this.#enqueue(bytes);
  }

  /** What the pipe has not taken yet. */
  get unread(): readonly Uint8Array[] {
    return this.#queue;
  }

  /** Goes on with what was carried over. */
  resume(): void {
    if (this.#queued > 0) this.#watch();
  }

  /**
   * @param limit bytes that may wait, these included
   * @returns "full" takes nothing of `bytes`; "closed" means that the program closed its stdin
   */
  write(bytes: Uint8Array, limit = MAX_QUEUED): "accepted" | "full" | "closed" {
    // Before anything is written: what is refused was not written in part.
    if (this.#queued + bytes.length > limit) return "full";
    if (this.#queued > 0) return this.#enqueue(bytes);
    const taken = this.#pipes.write(this.#fd, bytes);
    if (taken === "closed") return "closed";
    if (taken === bytes.length) return "accepted";
    this.#watch();
    return this.#enqueue(bytes.subarray(taken));
  }

  #watch(): void {
    this.#pipes.watch(this.#fd, "write", { writable: () => this.#drain() });
  }

  #enqueue(bytes: Uint8Array): "accepted" {
    // The caller's buffer may be reused.
    this.#queue.push(bytes.slice());
    this.#queued += bytes.length;
    return "accepted";
  }

  #drain(): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const taken = this.#pipes.write(this.#fd, head);
      if (taken === "closed") {
        this.#queue = [];
        this.#queued = 0;
        break;
      }
      this.#queued -= taken;
      if (taken < head.length) {
        this.#queue[0] = head.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    this.#pipes.unwatch(this.#fd);
  }
}
