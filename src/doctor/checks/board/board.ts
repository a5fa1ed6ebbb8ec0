// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { THROTTLING } from "./boot-017-throttling.ts";
import { SD_CARD } from "./pi-001-sd-card.ts";
import { MIXED_WIDTHS } from "./pi-002-mixed-widths.ts";
import { NO_CLOCK } from "./pi-003-no-clock.ts";
import { LOGS_IN_MEMORY } from "./pi-004-logs-in-memory.ts";
import { LITTLE_MEMORY } from "./pi-005-little-memory.ts";
import { TEMPERATURE } from "./pi-006-temperature.ts";

export const BOARD_CHECKS: readonly Check[] = [
  THROTTLING,
  SD_CARD,
  MIXED_WIDTHS,
  NO_CLOCK,
  LOGS_IN_MEMORY,
  LITTLE_MEMORY,
  TEMPERATURE,
];
