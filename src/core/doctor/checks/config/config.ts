// The checks of this folder, in the order in which they are made.

import type { Check } from "../../check.ts";

export const CONFIG_CHECKS: readonly Check[] = [];
