// One alarm for several users: each gets its own clock, and the real alarm is armed for the earliest deadline.

import type { Clock } from "../../ports/clock.ts";

/** Makes clocks that share the alarm of `clock`, which must not be used directly from then on. */
export function createSharedAlarm(clock: Clock): () => Clock {
  const waiters: { at: number | null; ring: () => void }[] = [];
  let armedAt: number | null = null;

  function arm(): void {
    let earliest: number | null = null;
    for (const { at } of waiters) {
      if (at !== null && (earliest === null || at < earliest)) earliest = at;
    }
    if (earliest === armedAt) return;
    armedAt = earliest;
    clock.setAlarm(earliest);
  }

  clock.onAlarm(() => {
    armedAt = null;
    const now = clock.now().mono;
    try {
      for (const waiter of waiters) {
        if (waiter.at === null || waiter.at > now) continue;
        waiter.at = null;
        waiter.ring();
      }
    } finally {
      arm();
    }
  });

  return () => {
    const waiter = { at: null as number | null, ring: () => {} };
    waiters.push(waiter);
    return {
      now: () => clock.now(),
      setAlarm(atMono) {
        waiter.at = atMono;
        arm();
      },
      onAlarm(ring) {
        waiter.ring = ring;
      },
    };
  };
}
