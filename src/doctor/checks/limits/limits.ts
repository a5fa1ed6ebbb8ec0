// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { TASK_LIMIT } from "./boot-007-task-limit.ts";
import { FILE_LIMIT } from "./boot-008-file-limit.ts";

export const LIMIT_CHECKS: readonly Check[] = [TASK_LIMIT, FILE_LIMIT];
