// Whether a directory may be given to the daemon's user because its logs are in it.

import type { Probe } from "../../facts/probe.ts";
import { isShared } from "./move-logs.ts";

/** Only the daemon uses it, its owner will not be reset, and it is for logs. */
export function isForLogsAlone(path: string, probe: Probe): boolean {
  return !isShared(path) && !isKept(path, probe) && isForLogs(path, probe);
}

/** By its name, or because it contains nothing else: code and data are not given to the daemon because of a log. */
function isForLogs(path: string, probe: Probe): boolean {
  // Only as a whole word: /srv/blog and /opt/login contain programs.
  if (/(?:^|[^a-z])logs?(?:$|[^a-z])/i.test(path.slice(path.lastIndexOf("/") + 1))) return true;
  if (/^\/var\/log\//.test(path)) return true;
  const names = probe.list(path);
  return names?.every((name) => /\.(?:log|err|out)(?:[.-][\w.-]+)?$/.test(name)) ?? false;
}

/** systemd-tmpfiles would reset its owner at the next boot. */
function isKept(path: string, probe: Probe): boolean {
  for (const directory of ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"]) {
    for (const name of probe.list(directory) ?? []) {
      const text = name.endsWith(".conf") ? probe.readText(`${directory}/${name}`) : null;
      const kept = (text ?? "").split("\n").some((line) => {
        const [type = "", where = ""] = line.trim().split(/\s+/);
        return /^[dDqQvezZ]/.test(type) && where.replace(/^"|"$/g, "") === path;
      });
      if (kept) return true;
    }
  }
  return false;
}
