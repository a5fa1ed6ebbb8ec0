// Facts of the host or image on which the files of a service depend.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { ownAccount, ownHome } from "../../host/system/identity.ts";
import type { InitSystem } from "../plan/init-system.ts";
import type { ServiceFacts } from "../plan/service.ts";
import type { InstallWorld } from "../plan/world.ts";

/** The usual scan directories of runsvdir and s6-svscan. */
const SCANNED: Partial<Record<InitSystem, readonly string[]>> = {
  runit: ["/etc/service", "/var/service", "/service"],
  s6: ["/run/service", "/etc/service", "/etc/s6/service"],
};

/** @param lingered null: check now */
export function serviceFacts(
  init: InitSystem,
  root: string,
  world: InstallWorld,
  lingered: boolean | null,
): ServiceFacts {
  const { uid, name } = ownAccount();
  return {
    isImage: root !== "/",
    registration: registrationOf(world),
    scanDirectories: scanDirectories(init, root, world),
    user: { uid, home: ownHome() },
    lingered: lingered ?? isLingering(name),
  };
}

/** Whether lingering is enabled for a user. */
export function isLingering(user: string): boolean {
  return statSync(`/var/lib/systemd/linger/${user}`, { throwIfNoEntry: false }) !== undefined;
}

function registrationOf(world: InstallWorld): ServiceFacts["registration"] {
  const has = (name: string): boolean =>
    ["/usr/sbin", "/sbin"].some((place) => world.look(`${place}/${name}`).kind !== "missing");
  if (has("update-rc.d")) return "update-rc.d";
  return has("chkconfig") ? "chkconfig" : null;
}

/** The directory in use comes first; a boot deletes one below /run, so a permanent one is added. */
function scanDirectories(init: InitSystem, root: string, world: InstallWorld): readonly string[] {
  const usual = (SCANNED[init] ?? []).filter(
    (path) => world.look(path).kind === "directory" || world.leadsToDirectory(path),
  );
  const running = root === "/" ? watchedNow(init) : null;
  if (running === null) return usual.slice(0, 1);
  const lasting = running.startsWith("/run/") ? usual.filter((path) => path !== running) : [];
  return [running, ...lasting.slice(0, 1)];
}

/** The directory that the scanner of this init was started with. */
function watchedNow(init: InitSystem): string | null {
  const scanner = init === "runit" ? "runsvdir" : init === "s6" ? "s6-svscan" : null;
  if (scanner === null) return null;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const [program = "", ...words] = commandLine(pid);
    if (program.split("/").at(-1) !== scanner) continue;
    const directory = words.find((word) => word.startsWith("/"));
    if (directory !== undefined) return directory;
  }
  return null;
}

/** Empty for a process that exited meanwhile, and for kernel threads. */
export function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
