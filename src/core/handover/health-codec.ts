// The watch over a run in a handover.

import type { Health, Watch } from "../process/model.ts";
import { type Codec, flag, mapped, nullable, number, object, text } from "./codec.ts";

type Written = Omit<Health, "isChecking">;

/** A check that is under way is made again, at once, by the daemon that takes over. */
const health: Codec<Health> = mapped(
  object<Written>({
    isHealthy: nullable(flag),
    failures: number,
    said: text,
    wasHealthy: flag,
    countsFrom: number,
    nextAt: number,
  }),
  ({ isChecking, ...written }) => ({ ...written, nextAt: isChecking ? 0 : written.nextAt }),
  (written) => ({ ...written, isChecking: false }),
);

export const watch = object<Watch>({
  health: nullable(health),
  oldAt: nullable(number),
  overs: number,
});
