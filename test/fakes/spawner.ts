// Programs that live and die by a test's word. Refuses what a kernel would never forgive: a signal to a pid that was
// reaped already may hit a stranger.

import { type Claim, Places } from "../../src/core/base/places.ts";
import { type FileFacts, unusableBecause } from "../../src/core/process/launch.ts";
import type { LimitCounts } from "../../src/core/process/reached-limits.ts";
import type { SpawnStage } from "../../src/core/process/spawn-errors.ts";
import type {
  Admission,
  LaunchSpec,
  PendingSpawn,
  Reaped,
  Spawned,
  Spawner,
  SpawnFailure,
  SpawnResult,
} from "../../src/ports/spawner.ts";
import type { WindowSize } from "../../src/ports/terminal.ts";

export interface FakeChild {
  readonly pid: number;
  readonly spec: LaunchSpec;
  readonly fds: Spawned;
  /** `zombie`: dead, not reaped yet. */
  state: "live" | "zombie" | "reaped";
}

/** A start whose verdict a test keeps back. */
export interface HeldStart {
  readonly spec: LaunchSpec;
  /** The program executes. */
  succeed(): void;
  fail(failure: SpawnFailure): void;
  /** The verdict is there, and nobody has looked at it yet. */
  readonly isDecided: boolean;
  decide(): void;
}

export interface SentSignal {
  readonly pid: number;
  readonly signal: number;
  readonly target: "process" | "group";
}

export interface Death {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly coreDumped?: boolean;
  readonly reached?: LimitCounts;
}

const EXECUTABLE: FileFacts = { kind: "file", executable: true, permitted: true };

const ERRNO = {
  missing: "ENOENT",
  directory: "EISDIR",
  "not-executable": "ENOEXEC",
  "not-permitted": "EACCES",
} as const;

export class FakeSpawner implements Spawner {
  readonly children = new Map<number, FakeChild>();
  readonly signals: SentSignal[] = [];
  /** Window sizes that were set, by descriptor. */
  readonly sizes = new Map<number, WindowSize>();
  /** Asked before each spawn; a failure makes it fail. */
  refuse: (spec: LaunchSpec) => SpawnFailure | null = () => null;
  /** Asked before each spawn; true keeps the verdict back until somebody tells it by `held`. */
  holds: (spec: LaunchSpec) => boolean = () => false;
  /** Told of each start when it is begun. */
  begun: (spec: LaunchSpec) => void = () => {};
  /** Starts whose verdict is kept back, in order. */
  readonly held: HeldStart[] = [];
  /** What an abandoned start was doing. */
  stage: SpawnStage = "exec";
  abandoned = 0;
  /** Of starts in progress. */
  places = new Places(1_000_000);
  /** Groups with processes besides the program, which dies before them; by its pid. */
  readonly groups = new Set<number>();
  /** Numbers of reaped processes that the kernel has given to others. */
  readonly reused = new Set<number>();
  /** Told after each spawn, before its caller. */
  spawned: (child: FakeChild) => void = () => {};
  /** Asked at each signal; an errno makes kill(2) fail. */
  refuseKill: (signal: SentSignal) => string | null = () => null;
  /** Told of each signal that reached a live program. */
  signalled: (child: FakeChild, signal: SentSignal) => void = () => {};
  #dead: Reaped[] = [];
  #nextPid = 100;
  #nextFd = 10;
  readonly #look: (path: string) => FileFacts | null;

  /** @param look facts about files; every command can be executed without it */
  constructor(look: (path: string) => FileFacts | null = () => EXECUTABLE) {
    this.#look = look;
  }

  admit(
    _: unknown,
    claim: Claim,
    admitted: (leave: () => void) => void,
    held: (() => void) | null = null,
  ): Admission {
    const { places } = this;
    if (held !== null) {
      admitted(held);
      return { awaits: null, cancel: () => {} };
    }
    const enter = (): void => admitted(() => places.leave(claim));
    if (places.take(claim)) {
      enter();
      return { awaits: null, cancel: () => {} };
    }
    return { awaits: "place", cancel: places.wait(claim, enter) };
  }

  spawn(spec: LaunchSpec, settled: (result: SpawnResult) => void, leave = () => {}): PendingSpawn {
    this.begun(spec);
    if (!this.holds(spec)) {
      leave();
      settled(this.#start(spec));
      return { abandon: () => this.stage };
    }
    return this.#hold(spec, settled, leave);
  }

  #hold(spec: LaunchSpec, settled: (result: SpawnResult) => void, leave: () => void): PendingSpawn {
    const end = (result: () => SpawnResult): void => {
      const at = this.held.indexOf(held);
      if (at < 0) throw new Error("the verdict of a start that is over");
      this.held.splice(at, 1);
      leave();
      settled(result());
    };
    const held = {
      ...{ spec, isDecided: false },
      succeed: () => end(() => this.#start(spec)),
      fail: (error: SpawnFailure) => end(() => ({ ok: false, error })),
      decide: () => {
        held.isDecided = true;
      },
    };
    this.held.push(held);
    return {
      abandon: () => {
        const at = this.held.indexOf(held);
        if (at < 0) throw new Error("a start that is over was abandoned");
        this.held.splice(at, 1);
        this.abandoned += 1;
        leave();
        return this.stage;
      },
    };
  }

  find(
    { candidates }: Pick<LaunchSpec, "candidates">,
    _: Claim,
    done: (failure: SpawnFailure | null) => void,
  ): void {
    done(this.#find(candidates));
  }

  settle(): void {
    for (const held of [...this.held]) if (held.isDecided) held.succeed();
  }

  #find(candidates: LaunchSpec["candidates"]): SpawnFailure | null {
    let failure: SpawnFailure = { stage: "find", errno: "ENOENT" };
    for (const [index, { path }] of candidates.entries()) {
      const unusable = unusableBecause(this.#look(path));
      if (unusable === null) return null;
      const errno = ERRNO[unusable];
      if (failure.errno === "ENOENT" && errno !== "ENOENT") {
        failure = { stage: "find", errno, index };
      }
    }
    return failure;
  }

  #start(spec: LaunchSpec): SpawnResult {
    const error = this.#find(spec.candidates) ?? this.refuse(spec);
    if (error !== null) return { ok: false, error };
    const pid = this.#nextPid++;
    const fds: Spawned = {
      pid,
      stdin: spec.stdinFd === null ? this.#nextFd++ : null,
      stdout: this.#nextFd++,
      stderr: spec.redirectStderr ? null : this.#nextFd++,
    };
    const child: FakeChild = { pid, spec, fds, state: "live" };
    this.children.set(pid, child);
    this.spawned(child);
    return { ok: true, value: fds };
  }

  resize(fd: number, size: WindowSize): string | null {
    this.sizes.set(fd, size);
    return null;
  }

  *reap(): Iterable<Reaped> {
    for (let dead = this.#dead[0]; dead !== undefined; dead = this.#dead[0]) {
      const child = this.children.get(dead.pid);
      yield dead;
      // A turn within a turn may have asked for the same.
      if (this.#dead[0] !== dead) continue;
      this.#dead.shift();
      if (child !== undefined) child.state = "reaped";
    }
  }

  kill(
    pid: number,
    signal: number,
    target: "process" | "group",
  ): "sent" | "gone" | { readonly errno: string } {
    const child = this.children.get(pid);
    if (child?.state === "reaped" && target === "process" && signal === 0) {
      return this.reused.has(pid) ? "sent" : "gone";
    }
    if (child?.state === "reaped" && target === "group" && (signal === 0 || this.groups.has(pid))) {
      if (!this.groups.has(pid)) return "gone";
      const errno = this.refuseKill({ pid, signal, target });
      if (errno !== null) return { errno };
      if (signal !== 0) this.signals.push({ pid, signal, target });
      return "sent";
    }
    if (child === undefined || child.state === "reaped") {
      throw new Error(`signal ${signal} to pid ${pid}, which is no child any more`);
    }
    const sent: SentSignal = { pid, signal, target };
    this.signals.push(sent);
    const errno = this.refuseKill(sent);
    if (errno === "ESRCH") return "gone";
    if (errno !== null) return { errno };
    if (child.state === "live") this.signalled(child, sent);
    return "sent";
  }

  /** The program dies; the daemon learns of it at the next `reap`. */
  die(pid: number, death: Death = { exitCode: 0 }): void {
    const child = this.children.get(pid);
    if (child?.state !== "live") throw new Error(`pid ${pid} cannot die: it does not live`);
    child.state = "zombie";
    this.#dead.push(reaped(pid, death));
  }

  /** The death of an unknown child: an orphan that was re-parented to the daemon. */
  orphanDies(pid: number, death: Death = { exitCode: 0 }): void {
    this.#dead.push(reaped(pid, death));
  }

  livePids(): readonly number[] {
    return [...this.children.values()].filter((c) => c.state === "live").map((c) => c.pid);
  }

  /** Drops what is known about reaped children, for simulations of years. */
  forgetReaped(): void {
    for (const [pid, child] of this.children)
      if (child.state === "reaped") this.children.delete(pid);
    this.signals.length = 0;
  }
}

function reaped(pid: number, death: Death): Reaped {
  return {
    pid,
    exitCode: death.signal === undefined ? (death.exitCode ?? 0) : null,
    signal: death.signal ?? null,
    coreDumped: death.coreDumped ?? false,
    userMicros: 0,
    systemMicros: 0,
    maxRssKb: 0,
    reached: death.reached ?? {},
  };
}
