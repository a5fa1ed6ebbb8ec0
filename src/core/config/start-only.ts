// Options of [supervisord] that need a restart of the daemon.

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
  const text = `changed, but applied only after a restart of the daemon: ${keys}`;
  return [{ level: "WARN", text }];
}
