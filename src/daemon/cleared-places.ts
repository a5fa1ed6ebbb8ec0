// Files of other users that were removed from the places of a daemon's files, for its activity log.

import { ok, type Result } from "../core/base/result.ts";
import type { ConfigNotice } from "../core/config/model.ts";
import { clearStrangersLog } from "../host/files/strangers.ts";
import type { ServerSocket } from "./served-sockets.ts";

/** The place of the activity log, before it is opened. */
interface LogPlace {
  /** What was cleared away, there and for the sockets. */
  readonly notices: readonly ConfigNotice[];
  /** Why the log cannot be opened there; null where nothing is known against it. */
  readonly problem: string | null;
}

/** Frees the place of the activity log; null for one that is open already. */
export async function clearLogPlace(
  path: string | null,
  sockets: Result<readonly ServerSocket[], string>,
): Promise<LogPlace> {
  const texts = sockets.ok ? sockets.value.flatMap(({ socket }) => socket.cleared) : [];
  const cleared = path === null ? ok(null) : await clearStrangersLog(path);
  if (cleared.ok && cleared.value !== null) texts.push(cleared.value);
  const notices = texts.map((text): ConfigNotice => ({ level: "WARN", text }));
  return { notices, problem: cleared.ok ? null : cleared.error.reason };
}
