// The children of the daemon: starts in progress, live processes with their pipes, and their release. It knows
// nothing about states.

import type { ProcessKey } from "../../core/base/ids.ts";
import { ok, type Result, thrownStack } from "../../core/base/result.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { StartFailure } from "../../core/environment/env-command.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import {
  type CommandProblem,
  commandProblem,
  FIND_LIMIT_MS,
  type LaunchContext,
  planProgram,
} from "../../core/process/launch.ts";
import { START_LIMIT_MS } from "../../core/process/model.ts";
import { lateText, unusableOf } from "../../core/process/spawn-errors.ts";
import type { Snapshot } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ListenerSockets } from "../../ports/listener-sockets.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { FindFailure, Paths, Spawned, Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ListenerPipesApi } from "../events/api.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import { GatheredVariables, NOT_KEPT } from "./gathered.ts";
import type { PreStart } from "./hooks.ts";
import type { Notifications } from "./notifications.ts";
import { ProgramSockets } from "./program-sockets.ts";
import { Start, type Started } from "./start.ts";
import { StdinWriter, type StdinWriterDeps } from "./stdin-writer.ts";

export interface ChildrenDeps extends StdinWriterDeps {
  readonly spawner: Spawner;
  /** Null where nothing outlives the daemon. */
  readonly listenerPipes?: ListenerPipesApi | null;
  readonly host: ProgramHost;
  readonly logs: Pick<LogsApi, "attach" | "reattach" | "detach">;
  readonly activity: Pick<ActivityLog, "log">;
  readonly descriptors: DescriptorTable;
  readonly sockets: ListenerSockets;
  readonly sources: EnvironmentSources;
  readonly context: LaunchContext;
  readonly notifications: Notifications;
  readonly preStart: PreStart;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** As for `ProgramSockets`. */
  readonly definitions: (key: ProcessKey) => readonly ProcessConfig[];
  readonly connected: (key: ProcessKey) => void;
  /** A start that waited for its user or socket can continue: `runReady` is to be called in its turn. */
  readonly ready: () => void;
}

/** This many starts that began within RECENT_MS keep a small machine busy; more are throttled. */
const MAX_RECENT = 8;
/** A start that takes longer waits for something, and does not use a processor. */
const RECENT_MS = 20;

/** A path that a start uses is on a file system that does not answer. */
interface LateProblem {
  readonly kind: "late";
  readonly text: string;
}

interface Child {
  readonly fds: Pick<Spawned, "pid" | "stdin">;
  readonly stdin: StdinWriter | null;
  /** Null if it may not be kept: see `GatheredVariables`. */
  readonly gathered: Gathered | null;
}

export class Children {
  readonly variables: GatheredVariables;
  readonly #deps: ChildrenDeps;
  readonly #live = new Map<ProcessKey, Child>();
  readonly #starts = new Map<ProcessKey, Start>();
  /** Of programs with hooks that run while they are down. */
  readonly #last = new Map<ProcessKey, Gathered | typeof NOT_KEPT>();
  /** Searches for commands in progress. */
  readonly #resolving = new Set<object>();
  /** Starts that can continue, in order. */
  readonly #ready: (() => void)[] = [];
  readonly sockets: ProgramSockets;
  #isHeld = false;
  /** Called when nothing is in progress any more. */
  #ended: () => void = () => {};
  /** The logs close a pipe when they have read it to its end, before or after the child is released. */
  readonly #closed: (fd: number) => void;

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
    this.variables = new GatheredVariables(deps.sources, deps.now);
    this.sockets = new ProgramSockets(deps);
    this.#closed = (fd) => deps.descriptors.delete(fd);
  }

  /** Processes that run. */
  get count(): number {
    return this.#live.size;
  }

  /** Finds the file of a command. @param done gets null if it can be executed, or is on a disk that does not answer */
  resolve(record: ProcessRecord, done: (problem: CommandProblem | null) => void): void {
    const isSuspect = record.state.history.hostFailures > 0;
    if (isResolvedAtStart(record.config)) done(null);
    else
      this.#find(record, { isSuspect }, (problem) =>
        done(problem?.kind === "late" ? null : problem),
      );
  }

  /** As `resolve`, and asks the file systems of all paths that a start uses. They have as long as for a start. */
  probe(record: ProcessRecord, done: (problem: CommandProblem | LateProblem | null) => void): void {
    const { directory, envFiles } = record.config;
    const files = envFiles.map(({ path }) => path);
    const isKnown = !isResolvedAtStart(record.config);
    const how = { isSuspect: true, directory, files, limitMs: START_LIMIT_MS };
    this.#find(record, how, (problem) =>
      done(isKnown || problem?.kind === "late" ? problem : null),
    );
  }

  #find(
    record: ProcessRecord,
    { isSuspect, limitMs, ...paths }: { isSuspect: boolean; limitMs?: number } & Partial<Paths>,
    done: (problem: CommandProblem | LateProblem | null) => void,
  ): void {
    const plan = planProgram(record, this.#deps.context, NOTHING_GATHERED);
    if (!plan.ok) {
      done(plan.error);
      return;
    }
    const { candidates, argv } = plan.value;
    const { name, programName: program, uid, directory } = record.config;
    const search = {};
    this.#resolving.add(search);
    const found = (failure: FindFailure | null): void => {
      this.#resolving.delete(search);
      if (this.isQuiet) this.#ended();
      const { stage = "place", errno = "", index = -1 } = failure ?? {};
      const subject = { name, directory, uid, argv0: argv[0] ?? "" };
      // Without a place, because other programs have all, nothing is known.
      if (stage !== "place" && errno === "ETIMEDOUT") {
        done({ kind: "late", text: lateText(subject, stage, limitMs ?? FIND_LIMIT_MS) });
      } else if (stage === "find") {
        done(commandProblem(plan.value, unusableOf(errno), index));
      } else done(null);
    };
    const claim = { program, uid, isSuspect };
    this.#deps.spawner.find({ candidates, ...paths }, claim, found, limitMs);
  }

  /** Begins a start. @param settled called with the pid or the failure, perhaps before this returns */
  start(record: ProcessRecord, settled: (outcome: Result<number, StartFailure>) => void): void {
    const { key } = record;
    // The successor will start it.
    if (this.#isHeld) return;
    const turn = (proceed: () => void): void => {
      this.#ready.push(proceed);
      this.#deps.ready();
    };
    const deps = { ...this.#deps, gathered: this.variables, sockets: this.sockets, turn };
    const start = new Start(deps, record, (outcome) => {
      this.#starts.delete(key);
      if (this.isQuiet) this.#ended();
      this.#remember(record, start.gathered);
      if (outcome.ok) this.#add(record, outcome.value);
      settled(outcome.ok ? ok(outcome.value.pid) : outcome);
    });
    this.#starts.set(key, start);
    start.begin();
  }

  /** Whether a start can continue. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Continues the next ready start. */
  runReady(): void {
    this.#ready.shift()?.();
  }

  /** Abandons a start in progress; nothing of the program has run. */
  abandon(key: ProcessKey): void {
    this.#starts.get(key)?.abandon();
    this.#starts.delete(key);
  }

  /**
   * Abandons a start that takes too long.
   * @returns the error; "continues" if it has waited for a place; "held" if it was not begun, because starts are
   * held; null if its outcome is known after all
   */
  giveUp(key: ProcessKey): { readonly text: string } | "continues" | "held" | null {
    if (!this.#starts.has(key)) return "held";
    this.#deps.spawner.settle();
    const start = this.#starts.get(key);
    if (start === undefined) return null;
    if (!start.isLate) return "continues";
    this.#starts.delete(key);
    return { text: start.abandon() };
  }

  /** Reports known outcomes. */
  settle(): void {
    if (this.#starts.size > 0) this.#deps.spawner.settle();
  }

  /**
   * Whether so many starts have begun recently that more would only wait for a processor.
   * @returns the end of throttling at the latest, monotonic milliseconds; null if starts are not throttled
   */
  throttledUntil(now: number): number | null {
    if (this.#isHeld || this.#starts.size < MAX_RECENT) return null;
    let recent = 0;
    let until = Number.POSITIVE_INFINITY;
    for (const { busySince } of this.#starts.values()) {
      if (busySince === null || busySince + RECENT_MS <= now) continue;
      recent += 1;
      until = Math.min(until, busySince + RECENT_MS);
    }
    return recent < MAX_RECENT ? null : until;
  }

  /** Begins no start until `unhold`; starts in progress continue. */
  hold(): void {
    this.#isHeld = true;
    this.#deps.notifications.hold();
  }

  /** Settles when nothing is in progress, or at `deadline`. */
  whenQuiet(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.isQuiet || deadline.aborted) return resolve();
      this.#ended = resolve;
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Abandons what is in progress, to be repeated. */
  abandonStarts(): void {
    for (const [key, start] of this.#starts) {
      // It may have executed meanwhile.
      this.settle();
      if (this.#starts.has(key)) start.abandon();
    }
    this.#starts.clear();
    this.#resolving.clear();
  }

  /** Nothing is in progress. */
  get isQuiet(): boolean {
    return this.#starts.size === 0 && this.#resolving.size === 0;
  }

  /** Abandons starts that have no child yet: waiting ones would begin while others end. */
  abandonRepeatable(): void {
    for (const [key, start] of this.#starts) {
      if (!start.isRepeatable) continue;
      start.abandon();
      this.#starts.delete(key);
    }
  }

  /** The gathered environment of a run, or of the last start; null for none. */
  gathered(key: ProcessKey): Gathered | typeof NOT_KEPT | null {
    const child = this.#live.get(key);
    return child === undefined ? (this.#last.get(key) ?? null) : (child.gathered ?? NOT_KEPT);
  }

  /** Keeps the gathered environment of the last start for hooks of a program that is down. */
  #remember({ key, config }: Pick<ProcessRecord, "key" | "config">, gathered: Gathered): void {
    this.forget(key);
    if (config.postStop === null && config.onFatal === null) return;
    const isKept = this.variables.keep(config.programName, gathered);
    this.#last.set(key, isKept ? gathered : NOT_KEPT);
  }

  /** The process was removed. */
  forget(key: ProcessKey): void {
    const gathered = this.#last.get(key) ?? NOT_KEPT;
    if (gathered !== NOT_KEPT) this.variables.drop(gathered);
    this.#last.delete(key);
  }

  /** Reverts `hold`. */
  unhold(): void {
    this.#isHeld = false;
    this.#deps.notifications.resume();
  }

  /** The live children, for a snapshot. */
  snapshot(): Pick<Snapshot, "children" | "sockets" | "notifications"> {
    const children = Array.from(this.#live, ([key, { fds, stdin, gathered }]) => ({
      ...{ key, pid: fds.pid, stdin: fds.stdin, gathered },
      unread: stdin?.unread ?? [],
    }));
    return {
      children,
      sockets: this.sockets.snapshot(),
      notifications: this.#deps.notifications.snapshot(),
    };
  }

  /** Restores the live children of the predecessor. Their output and input waits for `resume`. */
  restore({
    children,
    sockets,
    notifications,
  }: Pick<Snapshot, "children" | "sockets" | "notifications">): void {
    for (const { key, pid, stdin, unread, gathered } of children) {
      const [config = null] = this.#deps.definitions(key);
      const program = config?.programName ?? key;
      if (config !== null && gathered !== null) this.#remember({ key, config }, gathered);
      const isKept = gathered !== null && this.variables.keep(program, gathered);
      this.#live.set(key, {
        fds: { pid, stdin },
        stdin: stdin === null ? null : new StdinWriter(stdin, this.#deps, unread),
        gathered: isKept ? gathered : null,
      });
      this.#deps.logs.reattach(key, this.#closed);
    }
    this.sockets.restore(sockets);
    this.#deps.notifications.restore(notifications);
  }

  resume(): void {
    this.#deps.notifications.resume();
    for (const { stdin } of this.#live.values()) stdin?.resume();
  }

  /** Reads the rest of the pipes of a child that has exited, and closes them. */
  release(key: ProcessKey): void {
    this.sockets.release(key);
    this.#deps.notifications.release(key);
    const child = this.#live.get(key);
    if (child === undefined) return;
    this.#live.delete(key);
    if (child.gathered !== null) this.variables.drop(child.gathered);
    const { stdin } = child.fds;
    if (stdin !== null) this.#deps.descriptors.delete(stdin);
    this.#deps.logs.detach(key);
    this.#deps.listenerPipes?.closed(key);
    if (stdin !== null) this.#deps.pipes.close(stdin);
  }

  /** Releases what outlives the children. */
  close(): void {
    this.sockets.closeAll();
    this.#deps.notifications.closeAll();
  }

  /** Sets the size of a program's terminal. @returns the errno; "none" when it has no terminal */
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

  /**
   * Takes an event, without a limit: a listener gets no other event before it has read this one. If its stdin has a file that
   * outlives the daemon, the event waits there for `deliver`.
   */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed" {
    return this.#live.get(key)?.stdin?.stage(bytes) ?? "closed";
  }

  deliver(key: ProcessKey): "delivered" | "closed" {
    return this.#live.get(key)?.stdin?.deliver() ?? "closed";
  }

  /** Discards an event that was not delivered. */
  withdraw(key: ProcessKey): void {
    this.#live.get(key)?.stdin?.withdraw();
  }

  /** An error of its pipes must not hide the pid of a live child. */
  #add({ key, config }: ProcessRecord, fds: Started): void {
    try {
      this.#attach(key, config.programName, fds);
    } catch (error) {
      const reason = thrownStack(error);
      this.#deps.activity.log(
        "CRIT",
        linesOf(`the output of ${config.name} is not read: ${reason}`),
      );
    }
  }

  #attach(key: ProcessKey, program: string, fds: Started): void {
    const { descriptors, logs } = this.#deps;
    this.#deps.notifications.attach(key, fds.pid);
    const { pid, stdin } = fds;
    this.#live.set(key, {
      fds: { pid, stdin },
      stdin: stdin === null ? null : new StdinWriter(stdin, this.#deps),
      gathered: this.variables.keep(program, fds.gathered) ? fds.gathered : null,
    });
    if (fds.stdin !== null) descriptors.set(fds.stdin, { role: "stdin", owner: key });
    descriptors.set(fds.stdout, { role: "stdout", owner: key });
    if (fds.stderr !== null) descriptors.set(fds.stderr, { role: "stderr", owner: key });
    this.#deps.listenerPipes?.opened(key, fds.stdin, fds.stdout);
    try {
      logs.attach(key, fds.pid, { stdout: fds.stdout, stderr: fds.stderr }, this.#closed);
    } catch (error) {
      descriptors.delete(fds.stdout);
      if (fds.stderr !== null) descriptors.delete(fds.stderr);
      throw error;
    }
  }
}

/** Whether the path of the command depends on a PATH that only its start reads. */
function isResolvedAtStart({ command, envFiles, envCommand }: ProcessConfig): boolean {
  const hasPath = /^\s*[^\s]*\//.test(command);
  return !hasPath && (envFiles.length > 0 || envCommand !== null);
}
