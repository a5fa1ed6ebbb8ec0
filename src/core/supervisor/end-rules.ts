// What the end of the daemon depends on, and what has caused it: see ending.ts and shutdown.ts.

import type { ProcessKey } from "../base/ids.ts";
import type { ExitRule } from "../config/value-types.ts";

/** What [supervisord] says of the end of the daemon. */
export interface EndRules {
  readonly exitOn: ExitRule;
  /** How long a shutdown may take, seconds; null for any time. */
  readonly shutdownGrace: number | null;
}

export const NO_RULES: EndRules = { exitOn: "never", shutdownGrace: null };

/** The end of a program that ends the daemon. */
export interface Ending {
  readonly key: ProcessKey;
  /** The exit status of the daemon, 0 to 255. */
  readonly status: number;
}
