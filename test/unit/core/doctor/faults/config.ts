// Faults of config.

import type { Fault } from "./fault.ts";

export const CONFIG_FAULTS: readonly Fault[] = [];
