// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { NO_START_AT_BOOT } from "./boot-001-no-start-at-boot.ts";
import { BROKEN_SERVICE } from "./boot-002-broken-service.ts";
import { STALE_UNIT } from "./boot-003-stale-unit.ts";
import { MOUNT_ORDER } from "./boot-004-mount-order.ts";
import { SHORT_STOP } from "./boot-005-short-stop.ts";
import { OOM_POLICY } from "./boot-006-oom-policy.ts";
import { TASK_LIMIT } from "./boot-007-task-limit.ts";
import { FILE_LIMIT } from "./boot-008-file-limit.ts";
import { PID_FILE } from "./boot-009-pid-file.ts";
import { TWO_DAEMONS } from "./boot-010-two-daemons.ts";
import { OLD_DAEMON } from "./boot-011-old-daemon.ts";
import { MANDATORY_ACCESS } from "./boot-012-mandatory-access.ts";
import { NO_EXEC } from "./boot-013-noexec.ts";
import { CLOCK } from "./boot-014-clock.ts";
import { ZOMBIES } from "./boot-016-zombies.ts";
import { THROTTLING } from "./boot-017-throttling.ts";
import { FOREIGN_BINARY } from "./boot-018-foreign-binary.ts";
import { OTHER_SUPERVISOR } from "./boot-019-other-supervisor.ts";
import { OUTSIDE_SERVICE } from "./boot-020-outside-service.ts";
import { SD_CARD } from "./pi-001-sd-card.ts";
import { MIXED_WIDTHS } from "./pi-002-mixed-widths.ts";
import { NO_CLOCK } from "./pi-003-no-clock.ts";
import { LOGS_IN_MEMORY } from "./pi-004-logs-in-memory.ts";
import { LITTLE_MEMORY } from "./pi-005-little-memory.ts";
import { TEMPERATURE } from "./pi-006-temperature.ts";

export const BOOT_CHECKS: readonly Check[] = [
  FOREIGN_BINARY,
  NO_EXEC,
  OLD_DAEMON,
  BROKEN_SERVICE,
  NO_START_AT_BOOT,
  STALE_UNIT,
  OTHER_SUPERVISOR,
  TWO_DAEMONS,
  OUTSIDE_SERVICE,
  PID_FILE,
  MOUNT_ORDER,
  SHORT_STOP,
  OOM_POLICY,
  MANDATORY_ACCESS,
  CLOCK,
  ZOMBIES,
  TASK_LIMIT,
  FILE_LIMIT,
  THROTTLING,
  SD_CARD,
  MIXED_WIDTHS,
  NO_CLOCK,
  LOGS_IN_MEMORY,
  LITTLE_MEMORY,
  TEMPERATURE,
];
