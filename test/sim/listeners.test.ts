// Pools that are slow, dead, rude or always failing: buffers stay bounded, order holds, nothing spins, and nothing is
// lost without being counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupConfig } from "../../src/core/config/model.ts";
import { group, program } from "../unit/core/process/samples.ts";
import { pool } from "../unit/services/events/rig.ts";
import { LISTENER_KINDS, ListenerSimulation } from "./listeners.ts";
import { Rng } from "./rng.ts";

const MINUTE = 60_000;
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 10);

function anyPool(rng: Rng, kind: string): GroupConfig {
  const events = rng.pick([
    ["EVENT"],
    ["PROCESS_STATE", "REMOTE_COMMUNICATION"],
    ["TICK", "EVENT"],
  ]);
  const base = pool(kind, events, {}, rng.pick([1, 2, 10, 300]));
  const processes = Array.from({ length: rng.int(1, 3) }, (_, n) =>
    program({
      name: `${kind}_${n}`,
      command: "/bin/listener",
      startSecs: rng.int(0, 2),
      startRetries: 1_000_000,
      autorestart: "always",
    }),
  );
  return { ...base, processes };
}

function life(seed: number, durationMs: number): ListenerSimulation {
  const rng = new Rng(seed);
  const programs = ["a", "b", "c"].map((name) =>
    program({ name, startSecs: 0, autorestart: "always" }),
  );
  const sim = new ListenerSimulation(seed, [
    ...LISTENER_KINDS.map((kind) => anyPool(rng, kind)),
    group("web", programs),
  ]);
  const end = sim.clock.now().mono + durationMs;
  const nextRemote = (): void => {
    sim.agenda.add(sim.clock.now().mono + rng.exponential(30_000), () => {
      for (let n = rng.int(1, 30); n > 0; n -= 1) sim.supervisor.remoteCommEvent("t", String(n));
      nextRemote();
    });
  };
  nextRemote();
  sim.begin();
  sim.runUntil(end);
  return sim;
}

test(`${SEEDS} lives of bad listeners: bounded, in order, counted, without spinning`, () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const sim = life(seed, 8 * MINUTE);
    const sent = (kind: string): number => sim.sentTo.get(kind) ?? 0;
    assert.ok(sent("prompt") > 100, `seed ${seed}: ${sent("prompt")} events`);
    assert.equal(sent("silent"), 0);
    // 0.1 + 0.2 + … + 6.4 seconds of rest: the eighth try comes later than ten seconds after the first.
    assert.ok(sim.busiest <= 8, `seed ${seed}: ${sim.busiest} tries in ten seconds`);
    const prompt = sim.service.pools().find(({ name }) => name === "prompt");
    assert.ok((prompt?.counts.rejected ?? Infinity) < 100);
  }
});

test("the same seed is the same life", () => {
  assert.equal(life(99, 4 * MINUTE).trace.fingerprint, life(99, 4 * MINUTE).trace.fingerprint);
});
