// Options of [supervisord] that a reload does not put into effect.

import type { ConfigNotice, DaemonOptions } from "./model.ts";

/** What only a start of the daemon puts into effect, by the name of its option. */
const START_ONLY = ["user", "umask", "directory", "minfds", "minprocs", "nodaemon"] as const;

/** A line for the activity log about options that a reload has changed in vain. */
export function startOnlyChanges(
  before: DaemonOptions,
  next: DaemonOptions,
): readonly ConfigNotice[] {
  const plain = (options: DaemonOptions) => ({ ...options, user: options.user?.uid ?? null });
  const [old, fresh] = [plain(before), plain(next)];
  const changed = START_ONLY.filter((key) => old[key] !== fresh[key]);
  if (changed.length === 0) return [];
  const text = `changed, but in effect only after the daemon is started anew: ${changed.join(", ")}`;
  return [{ level: "WARN", text }];
}
