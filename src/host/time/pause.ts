// Pauses on Node's timers.

import type { StartPause } from "../../ports/pause.ts";

/** Starts a pause. */
export const startPause: StartPause = (milliseconds) => {
  let cancel: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    cancel = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, cancel };
};
