// The service of an installation for its init system, with the facts of this host or image.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { createAssets } from "../../host/files/assets.ts";
import { ownAccount, ownHome } from "../../host/system/identity.ts";
import type { Manifest } from "../plan/manifest.ts";
import type { InstallFacts, InstallRequest, ServicePlan } from "../plan/plan-input.ts";
import type { InstallWorld } from "../plan/steps.ts";
import {
  type InitSystem,
  PACKAGE_DEFAULTS,
  packagedService,
  type ServiceDescription,
  type ServiceFacts,
} from "../services/init-system.ts";
import { INIT_SYSTEMS, type InitName, whyUnwritable } from "../services/registry.ts";
import { quietly } from "./safe-files.ts";

/** Its parameters. */
interface Described {
  readonly request: Pick<InstallRequest, "name" | "scope" | "group" | "root" | "waitOnline">;
  readonly facts: InstallFacts;
  readonly requirements: Pick<ServiceDescription, "config" | "stopTimeoutSeconds" | "openFiles">;
  readonly executable: string;
  /** Whether the service is from a package. */
  readonly isPackaged: boolean;
  /** Doctor restores it. */
  readonly isRepair?: true;
}

/** Describes a service. The error names a value that cannot be written into its files. */
export function describeService(init: InitName, described: Described): Result<ServicePlan, string> {
  const { request, facts, requirements, executable, isPackaged } = described;
  const { name, scope, group, root, waitOnline } = request;
  const { config, stopTimeoutSeconds, openFiles } = requirements;
  const description: ServiceDescription = {
    ...{ name, scope, group, waitOnline, executable, isPackaged },
    ...{ config, stopTimeoutSeconds, openFiles },
    ...(described.isRepair === true ? { isRepair: true } : {}),
    layout: facts.layout,
    facts: serviceFacts({ init, name, root }, facts.world, facts.previous?.lingered ?? null),
  };
  const problem = whyUnwritable(description);
  if (problem !== null) return err(problem);
  const assets = createAssets();
  const templates = (template: string): string => assets.read(`initscripts/${template}`);
  const system = INIT_SYSTEMS[init];
  const files = isPackaged
    ? packagedService(system, description, { templates, look: facts.world.look })
    : system.service(description, templates);
  return ok({ init, description, files });
}

/** The service of an existing installation, for its commands. */
export function installedService(
  manifest: Manifest,
  facts: InstallFacts,
  root: string,
): ServicePlan | null {
  if (manifest.init === null) return null;
  const { name, scope, group, config, executable, isPackaged } = manifest;
  const service = describeService(manifest.init, {
    request: { name, scope, group, root, waitOnline: false },
    facts,
    requirements: { config, ...PACKAGE_DEFAULTS },
    executable,
    isPackaged,
  });
  return service.ok ? service.value : null;
}

/** @param lingered null: check now */
function serviceFacts(
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
  if (scanner === undefined) return [];
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
  for (const { argv } of commandLines()) {
    const [program = "", ...words] = argv;
    if (program.split("/").at(-1) !== scanner) continue;
    const directory = words.find((word) => word.startsWith("/"));
    if (directory !== undefined) return directory;
  }
  return null;
}

/** The command lines of all processes but kernel threads. */
export function commandLines() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    // It may have exited meanwhile.
    const text = quietly(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    return text === null ? [] : [{ pid, argv: text.split("\0").slice(0, -1) }];
  });
}
