// Pauses that end when a test says so.

import type { StartPause } from "../../src/ports/clock.ts";

export interface FakePauses {
  readonly startPause: StartPause;
  /** Those that have begun and not ended. */
  readonly present: number;
  /** All of them are over. */
  end(): void;
}

export function fakePauses(): FakePauses {
  const present = new Set<() => void>();
  return {
    startPause: () => {
      let cancel = (): void => undefined;
      const over = new Promise<void>((resolve) => {
        cancel = () => {
          present.delete(cancel);
          resolve();
        };
        present.add(cancel);
      });
      return { over, cancel };
    },
    get present() {
      return present.size;
    },
    end() {
      for (const cancel of [...present]) cancel();
    },
  };
}
