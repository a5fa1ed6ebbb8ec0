// The checks of this folder, in the order in which they are made. Repairs that allow the daemon to start come before its start.

import type { Check } from "../check.ts";
import { NOT_RUNNING } from "./sock-001-not-running.ts";
import { LOST_SOCKET } from "./sock-002-lost-socket.ts";
import { STALE_SOCKET } from "./sock-003-stale-socket.ts";
import { NO_PERMISSION } from "./sock-004-no-permission.ts";
import { OTHER_ADDRESS } from "./sock-005-other-address.ts";
import { BAD_SERVERURL } from "./sock-006-bad-serverurl.ts";
import { UNUSABLE_PATH } from "./sock-007-unusable-path.ts";
import { HELD_ADDRESS } from "./sock-008-held-address.ts";
import { SHUTTING_DOWN } from "./sock-009-shutting-down.ts";
import { SOCKET_IN_TMP } from "./sock-010-socket-in-tmp.ts";
import { NO_SOCKET_FILE_SYSTEM } from "./sock-011-no-socket-file-system.ts";
import { SOCKET_ACCESS } from "./sock-012-socket-access.ts";
import { NO_RPC_INTERFACE } from "./sock-013-no-rpc-interface.ts";
import { CREDENTIALS } from "./sock-014-credentials.ts";
import { SILENT_DAEMON } from "./sock-015-silent-daemon.ts";

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
