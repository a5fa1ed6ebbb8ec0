// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { LOGS_IN_MEMORY } from "./logs-in-memory.ts";
import { SD_CARD } from "./memory-card.ts";
import { THROTTLING } from "./power.ts";

export const BOARD_CHECKS: readonly Check[] = [THROTTLING, SD_CARD, LOGS_IN_MEMORY];
