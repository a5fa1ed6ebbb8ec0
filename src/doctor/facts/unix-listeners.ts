// Which process listens on a Unix socket, from the kernel's list.

import { dirname } from "../../core/config/paths.ts";
import type { Listener, Probe } from "./probe.ts";

/**
 * The listener of a Unix socket with that path in the kernel's list, even if its file was removed.
 * @remarks Supervisor binds `path.PID` and hard-links it to `path`, so the kernel knows only the first name.
 * /var/run and /run are one directory: names are compared with symlinks in their directories resolved.
 */
export function listenersAt(path: string, probe: Probe): readonly Listener[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const place = resolved(path, probe);
  return probe.listeners().filter(({ kind, address }) => {
    if (kind !== "unix") return false;
    const own = address.slice(address.lastIndexOf("/") + 1);
    const isNamed =
      own === name || (own.startsWith(`${name}.`) && /^\d+$/.test(own.slice(name.length + 1)));
    if (!isNamed) return false;
    return address.startsWith(`${dirname(path)}/`) || resolved(address, probe) === place;
  });
}

/** The real directory of a path; the directory as written if it does not exist. */
export function resolved(path: string, probe: Probe): string {
  const directory = dirname(path);
  return probe.realPath(directory) ?? directory;
}
