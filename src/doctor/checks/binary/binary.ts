// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { OLD_DAEMON } from "./boot-011-old-daemon.ts";
import { NO_EXEC } from "./boot-013-noexec.ts";
import { FOREIGN_BINARY } from "./boot-018-foreign-binary.ts";

export const BINARY_CHECKS: readonly Check[] = [FOREIGN_BINARY, NO_EXEC, OLD_DAEMON];
