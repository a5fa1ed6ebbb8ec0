// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { NO_START_AT_BOOT } from "./boot-001-no-start-at-boot.ts";
import { BROKEN_SERVICE } from "./boot-002-broken-service.ts";
import { STALE_UNIT } from "./boot-003-stale-unit.ts";
import { MOUNT_ORDER } from "./boot-004-mount-order.ts";
import { SHORT_STOP } from "./boot-005-short-stop.ts";
import { OOM_POLICY } from "./boot-006-oom-policy.ts";
import { PID_FILE } from "./boot-009-pid-file.ts";
import { TWO_DAEMONS } from "./boot-010-two-daemons.ts";
import { MANDATORY_ACCESS } from "./boot-012-mandatory-access.ts";
import { CLOCK } from "./boot-014-clock.ts";
import { ZOMBIES } from "./boot-016-zombies.ts";
import { OTHER_SUPERVISOR } from "./boot-019-other-supervisor.ts";
import { OUTSIDE_SERVICE } from "./boot-020-outside-service.ts";
import { CONFIG_OF_PACKAGE } from "./boot-021-config-of-package.ts";
import { UNKNOWN_TO_OPENRC } from "./boot-022-unknown-to-openrc.ts";

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
  ZOMBIES,
];
