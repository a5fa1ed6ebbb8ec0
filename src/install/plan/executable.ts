// Where the service runs its executable from: a place that lasts. A download directory is emptied, a home may be encrypted
// or unmounted at boot, a build is overwritten; SELinux forbids services to run what lies there.

import { isBelow } from "./paths.ts";

const LASTING = [
  "/usr/bin",
  "/usr/sbin",
  "/usr/lib",
  "/usr/libexec",
  "/usr/local",
  "/bin",
  "/sbin",
  "/opt",
  "/nix/store",
] as const;

/**
 * The path that the service runs.
 * @param running where the executable is now, links followed
 * @param fallback where a copy goes
 * @param home of the user whose service it is; null for the system's
 */
export function lastingExecutable(running: string, fallback: string, home: string | null): string {
  const own = home === null ? [] : [`${home}/.local/bin`, `${home}/bin`];
  return isBelow(running, [...LASTING, ...own]) ? running : fallback;
}
