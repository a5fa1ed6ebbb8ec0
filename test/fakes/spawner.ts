// Programs that live and die by a test's word. Refuses what a kernel would never forgive: a signal to a pid that was
// reaped already may hit a stranger.

import type {
  LaunchSpec,
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

export interface SentSignal {
  readonly pid: number;
  readonly signal: number;
  readonly target: "process" | "group";
}

export interface Death {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly coreDumped?: boolean;
}

export class FakeSpawner implements Spawner {
  readonly children = new Map<number, FakeChild>();
  readonly signals: SentSignal[] = [];
  /** Window sizes that were set, by descriptor. */
  readonly sizes = new Map<number, WindowSize>();
  /** Asked before each spawn; a failure makes it fail. */
  refuse: (spec: LaunchSpec) => SpawnFailure | null = () => null;
  /** Told after each spawn, before its caller. */
  spawned: (child: FakeChild) => void = () => {};
  /** Asked at each signal; an errno makes kill(2) fail. */
  refuseKill: (signal: SentSignal) => string | null = () => null;
  /** Told of each signal that reached a live program. */
  signalled: (child: FakeChild, signal: SentSignal) => void = () => {};
  #dead: Reaped[] = [];
  #nextPid = 100;
  #nextFd = 10;

  spawn(spec: LaunchSpec): SpawnResult {
    const error = this.refuse(spec);
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

  reap(): readonly Reaped[] {
    const dead = this.#dead;
    this.#dead = [];
    for (const { pid } of dead) {
      const child = this.children.get(pid);
      if (child !== undefined) child.state = "reaped";
    }
    return dead;
  }

  kill(
    pid: number,
    signal: number,
    target: "process" | "group",
  ): "sent" | "gone" | { readonly errno: string } {
    const child = this.children.get(pid);
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

  /** A death of somebody else's child: an orphan that was re-parented to the daemon. */
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
  };
}
