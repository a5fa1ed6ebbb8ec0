// Faults of programs.

import type { Fault } from "./fault.ts";

export const PROGRAM_FAULTS: readonly Fault[] = [];
