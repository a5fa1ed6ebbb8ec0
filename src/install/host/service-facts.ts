// Facts of the host or image on which the files of a service depend.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { ownAccount, ownHome } from "../../host/system/own-names.ts";
import type { InstallWorld } from "../plan/world.ts";
import type { InitSystem } from "../services/init-system.ts";
import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import type { ServiceFacts } from "../services/service.ts";

/** @param lingered null: check now */
export function serviceFacts(
  { init, name, root }: { readonly init: InitName; readonly name: string; readonly root: string },
  world: InstallWorld,
  lingered: boolean | null,
): ServiceFacts {
  const { uid, name: user } = ownAccount();
  return {
    isImage: root !== "/",
    registration: registrationOf(world),
    isRegistered: root === "/" && hasRunlevelLinks(name),
    scanDirectories: scanDirectories(INIT_SYSTEMS[init].scanner, root, world),
    user: { uid, home: ownHome() },
    lingered: lingered ?? isLingering(user),
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

/** Whether a script is registered in any multi-user runlevel, to be started or only to be stopped. */
function hasRunlevelLinks(name: string): boolean {
  return ["2", "3", "4", "5"].some((level) => {
    const directory = `/etc/rc${level}.d`;
    const links = existsSync(directory) ? readdirSync(directory) : [];
    return links.some((link) => /^[SK]\d\d/.test(link) && link.slice(3) === name);
  });
}

/** The directory in use comes first; a boot deletes one below /run, so a permanent one is added. */
function scanDirectories(
  scanner: InitSystem["scanner"],
  root: string,
  world: InstallWorld,
): readonly string[] {
  if (scanner === null) return [];
  const usual = scanner.directories.filter(
    (path) => world.look(path).kind === "directory" || world.leadsToDirectory(path),
  );
  const running = root === "/" ? scannedNow(scanner.program) : null;
  if (running === null) return usual.slice(0, 1);
  const lasting = running.startsWith("/run/") ? usual.filter((path) => path !== running) : [];
  return [running, ...lasting.slice(0, 1)];
}

/** The directory that the scanner was started with. */
function scannedNow(scanner: string): string | null {
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
