// The checks of this folder, in the order of checks and repairs: first what makes the configuration unreadable, then what
// changes the paths of logs.

import type { Check } from "../check.ts";
import { PRIVATE_AUTO_LOGS, SHARED_AUTO_LOGS, SHARED_LOG } from "./auto-logs.ts";
import { BUFFERED_OUTPUT } from "./buffered-output.ts";
import { DISK_SPACE } from "./disk-space.ts";
import { FOREIGN_LOG_FILES, REFUSED_LINK } from "./foreign-logs.ts";
import { LOG_IS_NO_FILE, MISSING_LOG_DIRECTORY } from "./missing-logs.ts";
import { LOG_WAS_MOVED } from "./moved-logs.ts";
import { READ_ONLY_LOGS } from "./read-only-logs.ts";
import { UNWRITABLE_LOG } from "./unwritable-logs.ts";

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
