// Options of [supervisord] that a reload does not put into effect.

import type { ConfigNotice, DaemonOptions } from "./model.ts";
import { DAEMON } from "./options/daemon.ts";

type Field = keyof typeof DAEMON;

/** What only a start of the daemon puts into effect. */
const START_ONLY = (Object.keys(DAEMON) as Field[]).filter(
  (field) => DAEMON[field].change === "restart",
);

/** A line for the activity log about options that a reload has changed in vain. */
export function startOnlyChanges(
  before: DaemonOptions,
  next: DaemonOptions,
): readonly ConfigNotice[] {
  const plain = (options: DaemonOptions) => ({ ...options, user: options.user?.uid ?? null });
  const [old, fresh] = [plain(before), plain(next)];
  const changed = START_ONLY.filter((field) => old[field] !== fresh[field]);
  if (changed.length === 0) return [];
  const keys = changed.map((field) => DAEMON[field].key).join(", ");
  const text = `changed, but in effect only after the daemon is started anew: ${keys}`;
  return [{ level: "WARN", text }];
}
