// The end of the daemon over simulated time: whichever program ends it, and however the others answer to their stop signal, they are
// stopped in order, nothing is started any more, everything is down within the grace, and the status is that of the program.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ExitRule } from "../../src/core/config/value-types.ts";
import { deadlineOf } from "../../src/core/process/model.ts";
import { planDueAt } from "../../src/core/supervisor/shutdown.ts";
import { fc } from "../property.ts";
import { group, program } from "../unit/core/process/samples.ts";
import { Core } from "../unit/core/supervisor/rig.ts";

/** A program, and what it does with its stop signal. */
interface Simulated {
  readonly priority: number;
  readonly stopWaitSecs: number;
  readonly autorestart: "always" | "never" | "unexpected";
  readonly essential: boolean;
  /** After so many ms; null: never. */
  readonly diesAfter: number | null;
}

const simulated: fc.Arbitrary<Simulated> = fc.record({
  priority: fc.integer({ min: 1, max: 4 }),
  stopWaitSecs: fc.integer({ min: 0, max: 100 }),
  autorestart: fc.constantFrom("always", "never", "unexpected"),
  essential: fc.boolean(),
  diesAfter: fc.option(fc.nat({ max: 20_000 }), { nil: null }),
});
const someOfThem = fc.array(simulated, { minLength: 1, maxLength: 6 });

const SIGKILL = 9;
/** Of a process that is killed, ms. */
const DEATH_MS = 1;
const keyOf = (index: number): ProcessKey => `p${index}:p${index}` as ProcessKey;

function running(all: readonly Simulated[], exitOn: ExitRule, shutdownGrace: number | null): Core {
  const core = new Core({ exitOn, shutdownGrace });
  for (const [index, { priority, stopWaitSecs, autorestart, essential }] of all.entries()) {
    const options = { stopWaitSecs, autorestart, essential, startSecs: 0, name: `p${index}` };
    core.post({ kind: "add-group", config: group(`p${index}`, [program(options)], priority) });
    core.post({ kind: "start", key: keyOf(index) });
  }
  core.effects.length = 0;
  return core;
}

interface Finish {
  readonly endedAt: number;
  /** Those that were sent a stop signal, in the order of the first. */
  readonly order: readonly number[];
  readonly killed: ReadonlySet<number>;
  /** Names that lines of the log say were left behind. */
  readonly left: readonly string[];
}

/** Lets everything end. @param stuck not even SIGKILL ends them */
function finish(core: Core, all: readonly Simulated[], stuck = new Set<number>()): Finish {
  const deaths = new Map<ProcessKey, number>();
  const order: number[] = [];
  const killed = new Set<number>();
  const left: string[] = [];
  const indexOf = (key: ProcessKey): number => Number(/^p(\d+)/.exec(key)?.[1]);
  for (let turn = 0; turn < 10_000; turn += 1) {
    for (const effect of core.effects.splice(0)) {
      assert.notEqual(effect.kind, "spawn", "nothing is started any more");
      if (effect.kind === "all-stopped") {
        const up = [...all.keys()].filter((index) => core.pid(keyOf(index)) !== 0);
        if (stuck.size === 0) assert.deepEqual(up, []);
        return { endedAt: core.now, order, killed, left };
      }
      if (effect.kind === "log") {
        const name = /SIGKILL has not ended '(p\d+)'/.exec(String(effect.text))?.[1];
        if (name !== undefined) left.push(name);
      }
      if (effect.kind !== "kill") continue;
      const index = indexOf(effect.key);
      const { diesAfter = null } = all[index] ?? {};
      const isKill = effect.signal === SIGKILL;
      if (isKill) killed.add(index);
      else order.push(index);
      if (stuck.has(index)) continue;
      const at = isKill ? DEATH_MS : diesAfter;
      const known = deaths.get(effect.key) ?? Number.POSITIVE_INFINITY;
      if (at !== null) deaths.set(effect.key, Math.min(known, core.now + at));
    }
    step(core, deaths);
  }
  assert.fail("it never ended");
}

/** Does what comes next: a death, or a deadline. */
function step(core: Core, deaths: Map<ProcessKey, number>): void {
  const [dead, diesAt] = earliest(deaths);
  const deadlines = [...core.state.processes].flatMap(([key, { state }]) => {
    // A restart that was due is passed over while everything is being stopped.
    const at = state.phase.kind === "STOPPING" ? deadlineOf(state) : null;
    return at === null ? [] : [[key, at] as const];
  });
  const [due, dueAt] = earliest(deadlines);
  const plan = core.state.stopPlan;
  const reportAt = plan === null ? null : planDueAt(plan);
  if (reportAt !== null && reportAt < Math.min(diesAt, dueAt)) {
    core.post({ kind: "report-waiting" }, Math.max(core.now, reportAt));
    return;
  }
  if (dead !== null && diesAt <= dueAt) {
    deaths.delete(dead);
    const pid = core.pid(dead);
    const outcome = { exitCode: 0, signal: null, coreDumped: false };
    if (pid !== 0) core.post({ kind: "child-died", pid, outcome }, Math.max(core.now, diesAt));
  } else if (due !== null) {
    core.post({ kind: "deadline", key: due }, Math.max(core.now, dueAt));
  }
}

function earliest(all: Iterable<readonly [ProcessKey, number]>): [ProcessKey | null, number] {
  let best: [ProcessKey | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const [key, at] of all) if (at < best[1]) best = [key, at];
  return best;
}

function assertInOrder(order: readonly number[], all: readonly Simulated[]): void {
  const priorities = order.map((index) => all[index]?.priority ?? 0);
  assert.deepEqual(
    priorities,
    [...priorities].sort((a, b) => b - a),
  );
  assert.equal(new Set(order).size, order.length, "each was asked once");
}

test("a shutdown with a grace asks every program, in order, and ends in time", () => {
  fc.assert(
    fc.property(someOfThem, fc.integer({ min: 1, max: 60 }), (all, grace) => {
      const core = running(all, "never", grace);
      core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 0);
      const { endedAt, order } = finish(core, all);
      assert.equal(order.length, all.length);
      assertInOrder(order, all);
      assert.ok(endedAt <= grace * 1000, `${endedAt} ms of ${grace} s`);
    }),
  );
});

test("programs that not even SIGKILL ends are named and left behind, the others are stopped, and it ends in time", () => {
  const grace = fc.integer({ min: 1, max: 60 });
  const isStuck = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(someOfThem, grace, isStuck, (all, seconds, stuckOnes) => {
      const stuck = new Set([...all.keys()].filter((index) => stuckOnes[index] === true));
      const core = running(all, "never", seconds);
      core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 0);
      const { endedAt, order, killed, left } = finish(core, all, stuck);
      assert.ok(endedAt < seconds * 1000, `${endedAt} ms of ${seconds} s`);
      assertInOrder(order, all);
      assert.equal(order.length, all.length);
      assert.deepEqual([...left].sort(), [...stuck].map((index) => `p${index}`).sort());
      for (const index of stuck) assert.ok(killed.has(index));
      for (const index of all.keys())
        if (!stuck.has(index)) assert.equal(core.pid(keyOf(index)), 0, `p${index} is down`);
    }),
  );
});

test("in a hundred steps of programs that nothing ends, each is killed, and it ends in time", () => {
  const one = {
    stopWaitSecs: 10,
    autorestart: "never",
    essential: false,
    diesAfter: null,
  } as const;
  const all = Array.from({ length: 100 }, (_, priority) => ({ ...one, priority }));
  const core = running(all, "never", 1);
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 0);
  const { endedAt, killed } = finish(core, all, new Set(all.keys()));
  assert.ok(endedAt < 1000, `${endedAt} ms`);
  assert.equal(killed.size, all.length);
});

test("without a grace every program has its own time", () => {
  fc.assert(
    fc.property(someOfThem, (all) => {
      const core = running(all, "never", null);
      core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 0);
      finish(core, all);
      const patient = all.every((one) => (one.diesAfter ?? Infinity) < one.stopWaitSecs * 1000);
      const kills = core.effects.some(
        (effect) => effect.kind === "kill" && effect.signal === SIGKILL,
      );
      assert.ok(!patient || !kills);
    }),
  );
});

test("the program that ends the daemon decides its status, the others are stopped in order and in time", () => {
  const rules = fc.constantFrom<ExitRule>("never", "exit", "any");
  const statuses = fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(someOfThem, rules, statuses, (all, exitOn, codes) => {
      const core = running(all, exitOn, 10);
      for (const [turn, code] of codes.entries()) {
        const index = turn % all.length;
        const before = all[index];
        if (before === undefined || core.pid(keyOf(index)) === 0) continue;
        core.effects.length = 0;
        core.die(keyOf(index), code, turn * 2000 + 2000);
        const isOver =
          before.autorestart === "never" || (before.autorestart === "unexpected" && code === 0);
        const isEnd = exitOn === "any" || (isOver && (exitOn === "exit" || before.essential));
        assert.equal(core.state.ending?.status ?? null, isEnd ? code : null);
        if (!isEnd) continue;
        const begun = core.now;
        const { endedAt, order } = finish(core, all);
        assertInOrder(order, all);
        assert.ok(!order.includes(index), "it is down already");
        assert.ok(endedAt - begun <= 10_000);
        assert.equal(core.state.ending?.status, code);
        return;
      }
    }),
  );
});

test("a second request to kill ends everything at once, whenever it comes", () => {
  fc.assert(
    fc.property(someOfThem, fc.nat({ max: 5000 }), (all, later) => {
      const core = running(all, "never", null);
      core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 0);
      if (core.effects.some(({ kind }) => kind === "all-stopped")) return;
      core.post({ kind: "kill-everything" }, later);
      const { endedAt } = finish(
        core,
        all.map((one) => ({ ...one, diesAfter: null })),
      );
      assert.ok(endedAt <= later + all.length * 2 * DEATH_MS, `${endedAt} after ${later}`);
    }),
  );
});
