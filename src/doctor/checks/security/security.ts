// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { OPEN_PORT } from "./sec-001-open-port.ts";
import { READABLE_PASSWORD } from "./sec-002-readable-password.ts";
import { PASSWORD_IN_COMMAND } from "./sec-003-password-in-command.ts";
import { WRITABLE_BY_OTHERS } from "./sec-004-writable-by-others.ts";
import { PROGRAMS_AS_ROOT } from "./sec-005-programs-as-root.ts";
import { WEAK_PASSWORD } from "./sec-006-weak-password.ts";
import { OPEN_SOCKET } from "./sec-007-open-socket.ts";
import { CONFIG_FROM_HERE } from "./sec-008-config-from-here.ts";
import { READABLE_ENV_FILE } from "./sec-009-readable-env-file.ts";

export const SECURITY_CHECKS: readonly Check[] = [
  OPEN_PORT,
  READABLE_PASSWORD,
  PASSWORD_IN_COMMAND,
  WRITABLE_BY_OTHERS,
  PROGRAMS_AS_ROOT,
  WEAK_PASSWORD,
  OPEN_SOCKET,
  CONFIG_FROM_HERE,
  READABLE_ENV_FILE,
];
