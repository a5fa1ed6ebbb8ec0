// What is different where a package has brought tsv: its files are its own, and it is the one that is removed.

import { PACKAGED_EXECUTABLE } from "../../core/upgrade/packaged-path.ts";
import { readNeeds } from "../host/needs.ts";
import { initOf, type Site } from "../host/site.ts";
import type { DetectedInit, InitSystem } from "../plan/init-system.ts";
import type { Manifest } from "../plan/manifest.ts";
import { removalCommands } from "../plan/package-mark.ts";
import type { InstallRequest } from "../plan/request.ts";
import { packagedScript } from "../services/packaged.ts";

/** The record that an installation would have made where a package has made everything; null where none has. */
export function packagedRecord(request: InstallRequest, site: Site): Manifest | null {
  const { mark, layout } = site;
  const found = request.root === "/" ? initOf(site, request.root) : null;
  if (mark === null || found?.ok !== true) return null;
  const { init } = asPackaged(found.value, site) ?? found.value;
  const needs = readNeeds(request, site, layout.config);
  return {
    name: request.name,
    scope: "system",
    init: bringsService(site, init) ? init : null,
    config: layout.config,
    server: needs.ok ? needs.value.server : null,
    executable: PACKAGED_EXECUTABLE,
    group: request.group,
    isPackaged: true,
    lingered: null,
    entries: [],
    giveBack: [],
  };
}

type Request = Pick<InstallRequest, "name" | "root">;

/** Whether tsv is here as a package has brought it, and no earlier installation has made its own. */
export function isOfPackage({ mark, previous }: Site): boolean {
  return mark !== null && (previous === null || previous.isPackaged);
}

/** Whether that package has brought the service of this init system, too. */
export function bringsService(site: Site, init: InitSystem): boolean {
  const script = packagedScript(init, "tsv");
  return isOfPackage(site) && script !== null && site.mark?.paths.includes(script) === true;
}

/** Where the package's service is an init script, that is how it is spoken to, also where runit runs it. */
export function asPackaged(detected: DetectedInit | null, site: Site): DetectedInit | null {
  if (detected?.init !== "runit" || !bringsService(site, "runit")) return detected;
  return { init: "sysv", because: `${detected.because}, which runs the package's init script` };
}

/** Why this installation would fight with a package; null when it would not. */
export function whyPackaged(request: Request, site: Site, running: string): string | null {
  const { mark, previous, world } = site;
  if (mark === null || request.root !== "/") return null;
  const isOwn = previous !== null && !previous.isPackaged;
  if (isOwn && previous.executable !== PACKAGED_EXECUTABLE && running === PACKAGED_EXECUTABLE) {
    return (
      `tsv install has set tsv up here before the package came, with ${previous.executable}. To go over to the package, ` +
      `which stops its programs for a moment:\n\n  sudo ${running} uninstall\n  sudo ${running} install --boot`
    );
  }
  if (!isOwn && running !== PACKAGED_EXECUTABLE) {
    return (
      `the package tsv is installed here, and this is another executable, ${running}. Use ${PACKAGED_EXECUTABLE}, remove the ` +
      "package, or stand beside it with another --name"
    );
  }
  const unit = world.look("/etc/systemd/system/tsv.service");
  return !isOwn && unit.kind === "link" && unit.target === "/dev/null"
    ? "tsv.service is masked, so that nothing starts it: if that is over, systemctl unmask tsv"
    : null;
}

/** What cannot be had of a package's service. */
export function packagedRemarks(
  { waitOnline }: Pick<InstallRequest, "waitOnline">,
  init: InitSystem | null,
): readonly string[] {
  return waitOnline && init !== "systemd"
    ? [
        "the package's init script starts after the network where there is one; --wait-online changes nothing",
      ]
    : [];
}

/** What `tsv uninstall` says where only a package is installed. */
export function removeThePackage({ mark }: Site): string | null {
  if (mark === null) return null;
  const rows = removalCommands(mark).map(([command, what]) => `  ${command.padEnd(20)} ${what}`);
  return `tsv was not installed by tsv install, but by the package tsv. To remove it:\n\n${rows.join("\n")}`;
}
