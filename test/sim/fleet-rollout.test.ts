// Roll-outs over simulated fleets: devices that fail, are away and report twice or late, a hub that dies and forgets its last decisions,
// operators who abort.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigurationReport } from "../../src/core/fleet/desired.ts";
import {
  advance,
  isOver,
  jobsOf,
  newRollout,
  type RolloutInput,
  type RolloutSpec,
  type RolloutState,
  readWaves,
  waveRange,
} from "../../src/core/fleet/rollout.ts";
import { readState, stateText } from "../../src/core/fleet/rollout-text.ts";
import { Rng } from "./rng.ts";

const SEEDS = Number(process.env["SIM_SEEDS"] ?? 200);

interface Key {
  revision: number;
  text: "old" | "new";
  isOurs: boolean;
  before: number;
}

interface Chances {
  readonly devices: number;
  readonly fails: number;
  readonly away: number;
  readonly hubDies: number;
}

/** Carries out a roll-out. @returns its last state */
function live(seed: number, { devices: count, fails, away, hubDies }: Chances) {
  const rng = new Rng(seed);
  const devices = Array.from({ length: count }, (_, n) => `pi-${n}`);
  const waves = readWaves(rng.pick(["1,10%,100%", "100%", "1,2,3", "5%,50%"]), count);
  assert.ok(typeof waves !== "string");
  const spec: RolloutSpec = {
    ...{ by: "ann", at: "", content: { text: "new" }, devices, waves },
    ...{ maxFailures: rng.pick([0, 0, 1, 5]), limitMs: 60_000, requireAll: rng.chance(0.2) },
    settleMs: 0,
  };
  const keys = new Map<string, Key>(
    devices.map((name) => [name, { revision: 0, text: "old", isOurs: false, before: 0 }]),
  );
  const isFailing = new Map(devices.map((name) => [name, rng.chance(fails)]));
  const isAway = new Map(devices.map((name) => [name, rng.chance(away)]));
  const reports = new Map<string, ConfigurationReport>();
  let sequence = 100;
  let now = 0;
  let state = newRollout(spec);
  let kept = stateText(state);
  let inputs: RolloutInput[] = [{ kind: "start" }];
  /** Reports on their way; a few arrive twice. */
  let underway: [string, ConfigurationReport][] = [];
  const abortAt = rng.chance(0.1) ? rng.int(1, 10) : null;
  const put = (device: string, key: Omit<Key, "revision">): Key => {
    sequence += 1;
    const made = { ...key, revision: sequence };
    keys.set(device, made);
    if (isAway.get(device) !== true) answer(device, made);
    return made;
  };
  const answer = (device: string, { revision, text }: Key): void => {
    const isBad = text === "new" && isFailing.get(device) === true;
    const result = isBad ? "rolled-back" : "applied";
    const why = isBad ? "web: exited" : "";
    const report = { revision, rollout: "r", result, why, at: "" } as const;
    for (let times = rng.chance(0.1) ? 2 : 1; times > 0; times -= 1)
      underway.splice(rng.int(0, underway.length), 0, [device, report]);
  };
  for (let turn = 0; !isOver(state); turn += 1) {
    assert.ok(turn < 3000, `it never ends: ${state.phase}, wave ${state.wave}`);
    if (turn === abortAt) inputs.push({ kind: "abort", by: "ben" });
    const before: RolloutState = state;
    state = advance(spec, state, inputs, now);
    inputs = [];
    check(spec, before, state);
    // Between a decision and its keeping, nothing else is done.
    if (rng.chance(hubDies)) {
      state = readState(kept, spec) ?? assert.fail("the state is lost");
      inputs = [{ kind: "start" }, ...all(reports)];
      if (turn > (abortAt ?? turn)) inputs.push({ kind: "abort", by: "ben" });
      continue;
    }
    kept = stateText(state);
    assert.deepEqual(readState(kept, spec), { ...state, deadline: null });
    for (const { device, kind } of jobsOf(spec, state)) {
      const key = keys.get(device) ?? assert.fail(device);
      if (rng.chance(0.2)) continue;
      if (kind === "send") {
        const made = key.isOurs
          ? key
          : put(device, { text: "new", isOurs: true, before: key.revision });
        const { before: last, revision } = made;
        const report = reports.get(device) ?? null;
        inputs.push({ kind: "sent", device, before: last, revision, report });
      } else {
        if (key.isOurs) put(device, { text: "old", isOurs: false, before: 0 });
        inputs.push({ kind: "returned", device });
      }
    }
    const arriving = underway.slice(0, rng.int(0, underway.length));
    underway = underway.slice(arriving.length);
    for (const [device, report] of arriving) {
      const last = reports.get(device);
      if (last === undefined || last.revision <= report.revision) reports.set(device, report);
      inputs.push({ kind: "report", device, report });
    }
    now += rng.int(0, 20_000);
  }
  return { spec, state, keys };
}

function all(reports: ReadonlyMap<string, ConfigurationReport>): readonly RolloutInput[] {
  return Array.from(reports, ([device, report]) => ({ kind: "report", device, report }) as const);
}

/** What holds of each decision. */
function check(spec: RolloutSpec, before: RolloutState, after: RolloutState): void {
  const [from, to] = waveRange(spec, after.wave);
  for (const [index, { progress }] of after.devices.entries()) {
    if (index >= to) assert.equal(progress, "pending", "of a later wave");
    if (index < from)
      assert.ok(!/^(?:pending|sending|sent)$/.test(progress), `${progress} of an earlier wave`);
    const was = before.devices[index]?.progress;
    if (was === "failed" || was === "undone") assert.equal(progress, was, "an end stays");
  }
  const failed = after.devices.filter(({ progress }) => /^fail/.test(progress)).length;
  // One failure more than allowed stops it, and only devices of one wave can fail together.
  assert.ok(
    failed <=
      spec.maxFailures + (to - from) + after.devices.filter((d) => d.progress === "away").length,
  );
  if (failed > spec.maxFailures) assert.match(after.phase, /^stop/);
}

/** What holds at the end. */
function checkEnd({ spec, state, keys }: ReturnType<typeof live>): void {
  for (const [index, { progress, before }] of state.devices.entries()) {
    const key = keys.get(spec.devices[index] ?? "");
    const isNew = progress === "applied" || progress === "away";
    assert.equal(key?.text, isNew ? "new" : "old", `${progress} in ${state.phase}`);
    assert.ok(isNew || /^(?:failed|undone|pending)$/.test(progress), progress);
    if (isNew) assert.equal(before, 0);
    if (state.phase === "stopped") assert.notEqual(progress, "away", "it would get a bad text");
  }
  assert.equal(state.why === "", state.phase === "done");
}

const phases = new Set<string>();

for (const seed of Array.from({ length: SEEDS }, (_, n) => n)) {
  test(`every device ends with the old or the new text (seed ${seed})`, () => {
    const rng = new Rng(seed + 1000);
    const chances = {
      ...{ devices: rng.int(1, 120), fails: rng.pick([0, 0, 0.01, 0.3]) },
      ...{ away: rng.pick([0, 0.1]), hubDies: rng.pick([0, 0.05, 0.3]) },
    };
    const life = live(seed, chances);
    checkEnd(life);
    phases.add(life.state.phase);
  });
}

test("ten thousand devices, of which some are away and few fail", () => {
  const life = live(7, { devices: 10_000, fails: 0.0001, away: 0.01, hubDies: 0.05 });
  checkEnd(life);
  assert.ok(stateText(life.state).length < 500_000, "the state fits into a message");
});

test("those roll-outs ended in all ways", () => {
  assert.deepEqual([...phases].sort(), ["done", "stopped"]);
});
