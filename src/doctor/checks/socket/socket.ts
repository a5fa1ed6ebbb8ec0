// The checks of this folder, in the order in which they are made. Repairs that allow the daemon to start come before its start.

import type { Check } from "../check.ts";
import { BAD_SERVERURL, CREDENTIALS, NO_RPC_INTERFACE, OTHER_ADDRESS } from "./ctl-settings.ts";
import { NOT_RUNNING, SHUTTING_DOWN, SILENT_DAEMON } from "./not-running.ts";
import { NO_PERMISSION, SOCKET_ACCESS } from "./socket-access.ts";
import { LOST_SOCKET, NO_SOCKET_FILE_SYSTEM, SOCKET_IN_TMP, STALE_SOCKET } from "./socket-file.ts";
import { HELD_ADDRESS, UNUSABLE_PATH } from "./unusable-address.ts";

export const SOCKET_CHECKS: readonly Check[] = [
  LOST_SOCKET,
  STALE_SOCKET,
  NO_PERMISSION,
  OTHER_ADDRESS,
  BAD_SERVERURL,
  UNUSABLE_PATH,
  HELD_ADDRESS,
  SHUTTING_DOWN,
  SOCKET_IN_TMP,
  NO_SOCKET_FILE_SYSTEM,
  SOCKET_ACCESS,
  NO_RPC_INTERFACE,
  CREDENTIALS,
  SILENT_DAEMON,
  NOT_RUNNING,
];
