// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { OPEN_PORT, OPEN_SOCKET } from "./control-access.ts";
import { PASSWORD_IN_COMMAND, READABLE_ENV_FILE, READABLE_PASSWORD } from "./secrets.ts";
import { WRITABLE_BY_OTHERS } from "./writable.ts";

export const SECURITY_CHECKS: readonly Check[] = [
  OPEN_PORT,
  READABLE_PASSWORD,
  PASSWORD_IN_COMMAND,
  WRITABLE_BY_OTHERS,
  OPEN_SOCKET,
  READABLE_ENV_FILE,
];
