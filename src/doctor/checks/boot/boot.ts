// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { BROKEN_SERVICE } from "./broken-service.ts";
import { CLOCK } from "./clock.ts";
import { MANDATORY_ACCESS } from "./mandatory-access.ts";
import { PID_FILE } from "./pid-file.ts";
import { OUTSIDE_SERVICE, TWO_DAEMONS } from "./running-daemons.ts";
import {
  MOUNT_ORDER,
  OOM_POLICY,
  SHORT_STOP,
  STALE_UNIT,
  UNKNOWN_TO_OPENRC,
} from "./service-settings.ts";
import { NO_START_AT_BOOT } from "./start-at-boot.ts";
import { CONFIG_OF_PACKAGE, OTHER_SUPERVISOR } from "./supervisor.ts";

export const BOOT_CHECKS: readonly Check[] = [
  BROKEN_SERVICE,
  NO_START_AT_BOOT,
  STALE_UNIT,
  UNKNOWN_TO_OPENRC,
  OTHER_SUPERVISOR,
  CONFIG_OF_PACKAGE,
  TWO_DAEMONS,
  OUTSIDE_SERVICE,
  PID_FILE,
  MOUNT_ORDER,
  SHORT_STOP,
  OOM_POLICY,
  MANDATORY_ACCESS,
  CLOCK,
];
