// The checks of this folder, in the order of checks and repairs: first what makes the configuration unreadable, then what
// changes the paths of logs.

import type { Check } from "../check.ts";
import { UNWRITABLE_LOG } from "./log-001-unwritable-log.ts";
import { LOG_IS_NO_FILE } from "./log-002-no-file.ts";
import { FOREIGN_LOG_FILES } from "./log-003-foreign-log-files.ts";
import { MISSING_LOG_DIRECTORY } from "./log-004-missing-directory.ts";
import { PRIVATE_AUTO_LOGS } from "./log-005-private-auto-logs.ts";
import { SHARED_AUTO_LOGS } from "./log-006-shared-auto-logs.ts";
import { DISK_SPACE } from "./log-007-disk-space.ts";
import { LOG_WAS_MOVED } from "./log-008-log-was-moved.ts";
import { SHARED_LOG } from "./log-009-shared-log.ts";
import { BUFFERED_OUTPUT } from "./log-010-buffered-output.ts";
import { READ_ONLY_LOGS } from "./log-011-read-only.ts";
import { REFUSED_LINK } from "./log-012-refused-link.ts";

export const LOG_CHECKS: readonly Check[] = [
  MISSING_LOG_DIRECTORY,
  LOG_IS_NO_FILE,
  UNWRITABLE_LOG,
  FOREIGN_LOG_FILES,
  PRIVATE_AUTO_LOGS,
  SHARED_AUTO_LOGS,
  DISK_SPACE,
  LOG_WAS_MOVED,
  SHARED_LOG,
  BUFFERED_OUTPUT,
  READ_ONLY_LOGS,
  REFUSED_LINK,
];
