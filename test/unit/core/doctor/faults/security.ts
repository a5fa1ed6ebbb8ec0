// Faults of security.

import type { Fault } from "./fault.ts";

export const SECURITY_FAULTS: readonly Fault[] = [];
