// What a life of the simulated daemon has in it.

import type { EndOptions } from "./ends.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** How long clients command before the daemon is told to shut down, ms. */
  readonly durationMs: number;
  readonly meanLifeMs: number;
  /** Verdicts of starts come late, out of order or never. */
  readonly slowStarts?: boolean;
  /** Places for starts in progress; without it there are enough for all. */
  readonly places?: number;
  /** Programs need each other. */
  readonly graphs?: boolean;
  /** Programs have options of health and restarts. */
  readonly watched?: boolean;
  /** Programs have hooks. */
  readonly hooks?: boolean;
  /** The clock starts programs. */
  readonly schedules?: boolean;
  /** The configuration changes, and what runs with it. */
  readonly changes?: boolean;
  /** What ends the daemon; some programs are essential. */
  readonly ends?: EndOptions;
}
