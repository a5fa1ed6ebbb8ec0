// Whether a directory may become the daemon's because its logs are in it.

import type { Probe } from "../../facts/probe.ts";
import { isShared } from "./move-logs.ts";

/** Nobody else needs it, it stays as it is made, and it is for logs. */
export function isForLogsAlone(path: string, probe: Probe): boolean {
  return !isShared(path) && !isKept(path, probe) && isForLogs(path, probe);
}

/** Its name says so, or nothing else is in it: code and data do not become the daemon's because of a log. */
function isForLogs(path: string, probe: Probe): boolean {
  // As a word: /srv/blog and /opt/login hold programs.
  if (/(?:^|[^a-z])logs?(?:$|[^a-z])/i.test(path.slice(path.lastIndexOf("/") + 1))) return true;
  if (/^\/var\/log\//.test(path)) return true;
  const names = probe.list(path);
  return names?.every((name) => /\.(?:log|err|out)(?:[.-][\w.-]+)?$/.test(name)) ?? false;
}

/** systemd-tmpfiles would take it back at the next boot. */
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
