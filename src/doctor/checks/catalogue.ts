// All checks, in the order of execution: by area, because each area depends on the ones before it. A new check is written in
// the file of its topic and listed here.

import { FOREIGN_BINARY, MANDATORY_ACCESS, OLD_DAEMON } from "./binary/binary.ts";
import { SD_CARD, THROTTLING } from "./board/board.ts";
import { BROKEN_SERVICE } from "./boot/broken-service.ts";
import { NO_KEEPER, OUTSIDE_SERVICE, PID_FILE, TWO_DAEMONS } from "./boot/running-daemons.ts";
import {
  MOUNT_ORDER,
  OOM_POLICY,
  SHORT_STOP,
  STALE_UNIT,
  UNKNOWN_TO_OPENRC,
} from "./boot/service-settings.ts";
import { NO_START_AT_BOOT } from "./boot/start-at-boot.ts";
import { OTHER_SUPERVISOR } from "./boot/supervisor.ts";
import { checksOf, type ListedCheck } from "./check.ts";
import { NO_CONFIGURATION, NOT_INCLUDED, NOT_TAKEN_OVER } from "./config/files.ts";
import { PROBLEM_CHECKS } from "./config/problems.ts";
import { OPEN_FILE_LIMIT, PROCESS_LIMIT } from "./limits/limits.ts";
import { BUFFERED_OUTPUT, PRIVATE_AUTO_LOGS, SHARED_LOG } from "./logs/auto-logs.ts";
import { DISK_SPACE } from "./logs/disk-space.ts";
import { FOREIGN_LOG_FILES, REFUSED_LINK } from "./logs/foreign-logs.ts";
import { LOST_OUTPUT } from "./logs/lost-output.ts";
import { LOG_IS_NO_FILE, MISSING_LOG_DIRECTORY } from "./logs/missing-logs.ts";
import { LOG_WAS_MOVED } from "./logs/moved-logs.ts";
import { READ_ONLY_LOGS } from "./logs/read-only-logs.ts";
import { UNWRITABLE_LOG } from "./logs/unwritable-logs.ts";
import { FAILING_RECEIVER } from "./programs/alerts.ts";
import {
  COMMAND_QUOTES,
  FLAPPING,
  GIVEN_UP,
  GOES_BACKGROUND,
  PROGRAM_ERROR,
  START_CHECKS,
} from "./programs/failures.ts";
import { EVENTS_DROPPED, LISTENER_UNKNOWN, UNHEALTHY_PROGRAM } from "./programs/health.ts";
import { thenStart } from "./programs/program.ts";
import {
  BLOCKED_PROGRAM,
  DELETED,
  ORPHAN,
  STOP_LEAVES_CHILDREN,
  STOP_TAKES_LONG,
} from "./programs/running.ts";
import { ENV_FILE, HOME } from "./programs/surroundings.ts";
import { OPEN_PORT, OPEN_SOCKET } from "./security/control-access.ts";
import { READABLE_ENV_FILE, READABLE_KEY, READABLE_PASSWORD } from "./security/secrets.ts";
import { WRITABLE_BY_OTHERS } from "./security/writable.ts";
import { CERTIFICATE_TIME, TLS_FILES } from "./socket/certificates.ts";
import {
  BAD_SERVERURL,
  CREDENTIALS,
  NO_RPC_INTERFACE,
  OTHER_ADDRESS,
} from "./socket/ctl-settings.ts";
import { NOT_RUNNING, SHUTTING_DOWN, SILENT_DAEMON } from "./socket/not-running.ts";
import { NO_PERMISSION, SOCKET_ACCESS } from "./socket/socket-access.ts";
import { LOST_SOCKET, NO_SOCKET_FILE_SYSTEM, STALE_SOCKET } from "./socket/socket-file.ts";
import { HELD_ADDRESS, UNUSABLE_PATH } from "./socket/unusable-address.ts";

export const CONFIG_CHECKS = checksOf(
  "config",
  NO_CONFIGURATION,
  ...PROBLEM_CHECKS,
  NOT_INCLUDED,
  NOT_TAKEN_OVER,
).sort((left, right) => (left.code < right.code ? -1 : 1));

export const PROGRAM_CHECKS = checksOf(
  "programs",
  ...START_CHECKS.map(thenStart),
  COMMAND_QUOTES,
  GOES_BACKGROUND,
  PROGRAM_ERROR,
  FLAPPING,
  STOP_LEAVES_CHILDREN,
  ORPHAN,
  STOP_TAKES_LONG,
  HOME,
  LISTENER_UNKNOWN,
  EVENTS_DROPPED,
  DELETED,
  GIVEN_UP,
  BLOCKED_PROGRAM,
  UNHEALTHY_PROGRAM,
  ENV_FILE,
  FAILING_RECEIVER,
);

/** First the checks of what makes the configuration unreadable, then those whose repairs change the paths of logs. */
export const LOG_CHECKS = checksOf(
  "logs",
  MISSING_LOG_DIRECTORY,
  LOG_IS_NO_FILE,
  UNWRITABLE_LOG,
  FOREIGN_LOG_FILES,
  PRIVATE_AUTO_LOGS,
  DISK_SPACE,
  LOG_WAS_MOVED,
  SHARED_LOG,
  BUFFERED_OUTPUT,
  READ_ONLY_LOGS,
  REFUSED_LINK,
  LOST_OUTPUT,
);

export const SECURITY_CHECKS = checksOf(
  "security",
  OPEN_PORT,
  READABLE_PASSWORD,
  WRITABLE_BY_OTHERS,
  OPEN_SOCKET,
  READABLE_ENV_FILE,
  READABLE_KEY,
);

export const CATALOGUE: readonly ListedCheck[] = [
  ...checksOf("binary", FOREIGN_BINARY, OLD_DAEMON),
  ...checksOf(
    "boot",
    BROKEN_SERVICE,
    NO_START_AT_BOOT,
    STALE_UNIT,
    UNKNOWN_TO_OPENRC,
    OTHER_SUPERVISOR,
    TWO_DAEMONS,
    OUTSIDE_SERVICE,
    NO_KEEPER,
    PID_FILE,
    MOUNT_ORDER,
    SHORT_STOP,
    OOM_POLICY,
    MANDATORY_ACCESS,
  ),
  // Repairs that allow the daemon to start come before its start.
  ...checksOf(
    "socket",
    LOST_SOCKET,
    STALE_SOCKET,
    NO_PERMISSION,
    OTHER_ADDRESS,
    BAD_SERVERURL,
    UNUSABLE_PATH,
    HELD_ADDRESS,
    SHUTTING_DOWN,
    NO_SOCKET_FILE_SYSTEM,
    SOCKET_ACCESS,
    TLS_FILES,
    CERTIFICATE_TIME,
    NO_RPC_INTERFACE,
    CREDENTIALS,
    SILENT_DAEMON,
    NOT_RUNNING,
  ),
  ...CONFIG_CHECKS,
  ...PROGRAM_CHECKS,
  ...LOG_CHECKS,
  ...checksOf("limits", PROCESS_LIMIT, OPEN_FILE_LIMIT),
  ...SECURITY_CHECKS,
  ...checksOf("board", THROTTLING, SD_CARD),
];

/** The checks of areas or codes, in upper or lower case; all checks if none are given. The error is the unknown word. */
export function selectChecks(
  words: readonly string[],
): { readonly checks: readonly ListedCheck[] } | { readonly unknown: string } {
  if (words.length === 0) return { checks: CATALOGUE };
  const chosen = new Set<ListedCheck>();
  for (const word of words) {
    const lower = word.toLowerCase();
    const found = CATALOGUE.filter(
      ({ code, area }) => area === lower || code.toLowerCase() === lower,
    );
    if (found.length === 0) return { unknown: word };
    for (const check of found) chosen.add(check);
  }
  return { checks: CATALOGUE.filter((check) => chosen.has(check)) };
}
