// The programs of the simulated host: well-behaved ones and all the others. A program's command says what it is like.

import type { LaunchSpec, SpawnFailure } from "../../src/ports/spawner.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { Death, FakeChild, FakeSpawner, SentSignal } from "../fakes/spawner.ts";
import type { Agenda } from "./agenda.ts";
import type { Rng } from "./rng.ts";
import type { Trace } from "./trace.ts";

/** `/bin/<kind>` */
export const PROGRAM_KINDS = [
  "steady", // runs long, stops when told
  "crasher", // fails most of its starts, crashes often
  "oneshot", // does its work and exits 0
  "stubborn", // ignores every signal but SIGKILL
  "stuck", // even SIGKILL takes it a minute
  "noexec", // exec fails now and then
  "protected", // kill(2) is refused now and then
] as const;

export type ProgramKind = (typeof PROGRAM_KINDS)[number];

interface ProgramsDeps {
  readonly rng: Rng;
  readonly clock: FakeClock;
  readonly spawner: FakeSpawner;
  readonly agenda: Agenda;
  readonly trace: Trace;
  /** Average life of a program that has come up, ms; with Infinity they die of signals only. */
  readonly meanLifeMs: number;
  /** Whether verdicts of starts come late, out of order or never. */
  readonly slowStarts: boolean;
  /** A program has died; the daemon does not know it yet. */
  readonly died: (spec: LaunchSpec, death: Death) => void;
  readonly signalled: (child: FakeChild, signal: number) => void;
  /** SIGCHLD. */
  readonly childDied: () => void;
  /** Before each try, successful or not. */
  readonly spawning: (spec: LaunchSpec) => void;
  readonly spawned: (child: FakeChild) => void;
}

const SIGKILL = 9;
const ENOENT: SpawnFailure = { stage: "exec", errno: "ENOENT" };
const EAGAIN: SpawnFailure = { stage: "fork", errno: "EAGAIN" };

export class Programs {
  readonly #deps: ProgramsDeps;

  constructor(deps: ProgramsDeps) {
    this.#deps = deps;
    deps.spawner.begun = deps.spawning;
    deps.spawner.refuse = (spec) => this.#refuse(spec);
    deps.spawner.holds = (spec) => deps.slowStarts && this.#holds(spec);
    deps.spawner.spawned = (child) => this.#live(child);
    deps.spawner.signalled = (child, sent) => this.#signalled(child, sent);
    deps.spawner.refuseKill = (sent) => this.#refuseKill(sent);
  }

  #refuse(spec: LaunchSpec): SpawnFailure | null {
    const { rng } = this.#deps;
    if (kindOf(spec) === "noexec" && rng.chance(0.6)) return { stage: "exec", errno: "ENOEXEC" };
    return rng.chance(0.002) ? { stage: "fork", errno: "EAGAIN" } : null;
  }

  #holds(spec: LaunchSpec): boolean {
    const { rng, clock, agenda } = this.#deps;
    if (rng.chance(0.4)) return false;
    const delay = rng.pick([0, 1, 3, 20, 300, 1000, 4999, 5000, 5001, 20_000]);
    agenda.add(clock.now().mono + delay, () => this.#tell(spec));
    return true;
  }

  /** Tells the verdict of a start, unless it was abandoned. */
  #tell(spec: LaunchSpec): void {
    const { rng, clock, agenda, spawner, trace } = this.#deps;
    const held = spawner.held.find((each) => each.spec === spec);
    if (held === undefined) return;
    trace.add(`${clock.now().mono} the verdict of ${ownerOf(spec)} is there`);
    const failure = rng.pick([ENOENT, EAGAIN, null, null, null, null, null, null]);
    if (failure !== null) held.fail(failure);
    else if (held.isDecided || rng.chance(0.6)) held.succeed();
    else {
      held.decide();
      agenda.add(clock.now().mono + rng.pick([0, 5, 100]), () => this.#tell(spec));
    }
  }

  #refuseKill({ pid, signal }: SentSignal): string | null {
    const { rng, spawner } = this.#deps;
    const child = spawner.children.get(pid);
    if (child === undefined || kindOf(child.spec) !== "protected") return null;
    return signal !== 0 && rng.chance(0.3) ? "EPERM" : null;
  }

  #live(child: FakeChild): void {
    const { rng, clock, spawned } = this.#deps;
    spawned(child);
    // Spawning takes the daemon's time.
    clock.pass(rng.pick([0, 0, 1, 1, 2, 5, 30]));
    if (this.#deps.meanLifeMs < Infinity) this.#dieIn(child, this.#lifetime(kindOf(child.spec)));
  }

  #lifetime(kind: ProgramKind): number {
    const { rng, meanLifeMs } = this.#deps;
    if (kind === "crasher" && rng.chance(0.6)) return rng.int(0, 900);
    if (kind === "oneshot") return rng.int(0, 3000);
    // Around startsecs there is most to get wrong.
    if (rng.chance(0.05)) return rng.pick([0, 999, 1000, 1001, 2999, 3000, 3001]);
    return rng.exponential(kind === "crasher" ? meanLifeMs / 4 : meanLifeMs);
  }

  #signalled(child: FakeChild, { signal }: SentSignal): void {
    const { rng } = this.#deps;
    const kind = kindOf(child.spec);
    this.#deps.signalled(child, signal);
    if (signal === SIGKILL)
      this.#dieIn(child, kind === "stuck" ? rng.int(0, 60_000) : rng.int(0, 20), SIGKILL);
    else if (signal === 0 || kind === "stubborn" || kind === "stuck") return;
    else if (rng.chance(0.9))
      this.#dieIn(child, rng.pick([0, 1, 50, 4000, 9999, 10_000, 10_001]), signal);
  }

  #dieIn(child: FakeChild, ms: number, signal?: number): void {
    const { clock, agenda, spawner, trace, rng, childDied } = this.#deps;
    agenda.add(clock.now().mono + ms, () => {
      if (child.state !== "live") return;
      const death =
        signal !== undefined && rng.chance(0.8)
          ? { signal }
          : rng.chance(0.2)
            ? { signal: 11, coreDumped: true }
            : { exitCode: kindOf(child.spec) === "oneshot" ? 0 : rng.pick([0, 0, 1, 2, 255]) };
      this.#deps.died(child.spec, death);
      spawner.die(child.pid, death);
      trace.add(`${clock.now().mono} pid ${child.pid} dies ${JSON.stringify(death)}`);
      // The word of a death is often late, and one word may stand for several deaths.
      agenda.add(clock.now().mono + rng.pick([0, 0, 1, 15]), childDied);
    });
  }
}

function kindOf(spec: LaunchSpec): ProgramKind {
  const name = (spec.candidates[0]?.file ?? "").slice("/bin/".length);
  return PROGRAM_KINDS.find((kind) => kind === name) ?? "steady";
}

/** `group:name` of a child, as its environment tells. */
export function ownerOf(spec: LaunchSpec): string {
  const value = (key: string) =>
    spec.env.find((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1) ?? "?";
  return `${value("SUPERVISOR_GROUP_NAME")}:${value("SUPERVISOR_PROCESS_NAME")}`;
}
