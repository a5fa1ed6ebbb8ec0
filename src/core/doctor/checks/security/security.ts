// The checks of this folder, in the order in which they are made.

import type { Check } from "../../check.ts";

export const SECURITY_CHECKS: readonly Check[] = [];
