// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { NO_START_AT_BOOT } from "./boot-001-no-start-at-boot.ts";
import { BROKEN_SERVICE } from "./boot-002-broken-service.ts";
import { PID_FILE } from "./boot-009-pid-file.ts";
import { TWO_DAEMONS } from "./boot-010-two-daemons.ts";
import { MANDATORY_ACCESS } from "./boot-012-mandatory-access.ts";
import { CLOCK } from "./boot-014-clock.ts";
import { OTHER_SUPERVISOR } from "./boot-019-other-supervisor.ts";
import { OUTSIDE_SERVICE } from "./boot-020-outside-service.ts";
import { CONFIG_OF_PACKAGE } from "./boot-021-config-of-package.ts";
import {
  MOUNT_ORDER,
  OOM_POLICY,
  SHORT_STOP,
  STALE_UNIT,
  UNKNOWN_TO_OPENRC,
} from "./service-settings.ts";

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
