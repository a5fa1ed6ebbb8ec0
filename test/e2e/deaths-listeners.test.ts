// Event listeners do not notice the death of their daemon: each event comes once, and in order. `deaths-listeners.slow.test.ts`
// has more of them.

import { Deaths } from "./deaths/deaths.ts";
import { diesAtEach } from "./deaths/dies-at.ts";
import { Listener, startedWith, TARGET } from "./deaths/listeners.ts";
import { e2e } from "./rig/rig.ts";

e2e("an event comes once, wherever the daemon dies", async (rig) => {
  const listener = new Listener(rig, 0);
  const daemon = await startedWith(rig, listener.sections);
  await diesAtEach(daemon, {
    calls: 20,
    act: () => listener.send(daemon),
    check: (what) => listener.assertExact(daemon, what),
  });
});

e2e("a listener that is at work for long gets each event once", async (rig) => {
  const listener = new Listener(rig, 300);
  const daemon = await startedWith(rig, listener.sections + TARGET);
  const deaths = new Deaths(daemon);
  while (deaths.count < 12) {
    for (let events = deaths.rng.int(0, 3); events > 0; events -= 1) {
      await listener.send(daemon, deaths.rng.chance(0.3));
    }
    await deaths.one();
  }
  await listener.assertExact(daemon, "at random");
});
