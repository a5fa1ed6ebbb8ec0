// The permanent path of the service's executable. A download directory may be emptied, a home directory encrypted or
// unmounted at boot, a build overwritten; SELinux does not allow services to execute files there.

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
 * @param running the present path of the executable, with symlinks resolved
 * @param fallback the path for a copy
 * @param home home directory of the service's user; null for a system service
 */
export function lastingExecutable(running: string, fallback: string, home: string | null): string {
  const own = home === null ? [] : [`${home}/.local/bin`, `${home}/bin`];
  return isBelow(running, [...LASTING, ...own]) ? running : fallback;
}
