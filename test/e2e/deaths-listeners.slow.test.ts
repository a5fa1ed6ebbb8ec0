// Event listeners whose daemon dies at each of its system calls, and a hundred times at random.

import { Deaths } from "./deaths/deaths.ts";
import { diesAtEach } from "./deaths/dies-at.ts";
import { Listener, startedWith, TARGET } from "./deaths/listeners.ts";
import { e2e } from "./rig/rig.ts";

for (const [what, isLarge] of [
  ["an event", false],
  ["an event that is larger than a pipe", true],
] as const) {
  e2e(`${what} comes once, wherever the daemon dies`, async (rig) => {
    const listener = new Listener(rig, 0);
    const daemon = await startedWith(rig, listener.sections);
    await diesAtEach(daemon, {
      calls: 60,
      act: () => listener.send(daemon, isLarge),
      check: (death) => listener.assertExact(daemon, death),
    });
  });
}

e2e("no event of a state is lost, wherever the daemon dies", async (rig) => {
  const listener = new Listener(rig, 0);
  const daemon = await startedWith(rig, listener.sections + TARGET);
  await diesAtEach(daemon, {
    calls: 80,
    act: async () => {
      await daemon.ask("startProcess", "target");
      await daemon.ask("stopProcess", "target");
    },
    check: (death) => listener.assertExact(daemon, death),
  });
});

e2e("a pool that is added or removed is complete, wherever the daemon dies", async (rig) => {
  const listener = new Listener(rig, 0);
  const daemon = await startedWith(rig, listener.sections);
  await diesAtEach(daemon, {
    calls: 40,
    act: async () => {
      await daemon.ask("stopProcessGroup", "listener");
      await daemon.ask("removeProcessGroup", "listener");
      await daemon.ask("addProcessGroup", "listener");
      await daemon.ask("startProcessGroup", "listener");
    },
    check: async (death) => {
      await daemon.ask("addProcessGroup", "listener").catch(() => {});
      await daemon.ask("startProcessGroup", "listener").catch(() => {});
      await listener.assertAnswers(daemon, death);
    },
  });
});

e2e("a pool of two listeners that work for long gets each event once", async (rig) => {
  const listener = new Listener(rig, 1000, 2);
  const daemon = await startedWith(rig, listener.sections);
  const deaths = new Deaths(daemon);
  while (deaths.count < 100) {
    for (let events = deaths.rng.int(0, 2); events > 0; events -= 1) {
      await listener.send(daemon, deaths.rng.chance(0.3));
    }
    await deaths.one();
  }
  await listener.assertExact(daemon, "at random");
});
