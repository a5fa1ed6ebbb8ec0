// Runtime files of a service, and the path of its settings.

import { dirname } from "../../core/config/paths.ts";
import type { InitSystem } from "../plan/init-system.ts";
import type { ServiceDescription } from "../plan/service.ts";

/**
 * The file with the daemon's stderr, for init systems without a journal: it contains the reason if the daemon did not start.
 * @remarks Beside the run directory, not in it: that may belong to the user of the daemon, who could create a symlink there,
 * and root would write through it.
 */
export function errorFile({ name, layout }: Pick<ServiceDescription, "name" | "layout">): string {
  return `${dirname(layout.runDirectory)}/${name}.err`;
}

/** The files of a script beside the run directory: text files, and those with a pid or nothing. */
export function besideRun(
  init: InitSystem | null,
  service: Pick<ServiceDescription, "name" | "layout">,
): { readonly texts: readonly string[]; readonly pids: readonly string[] } {
  if (init === null || init === "systemd" || init === "launchd") return { texts: [], pids: [] };
  const path = `${dirname(service.layout.runDirectory)}/${service.name}`;
  const pids = ["keeper", "daemon", "starting"].map((kind) => `${path}.${kind}`);
  const texts = [errorFile(service), `${path}.word`];
  if (init === "openrc") texts.push(`${path}.stop`);
  return { texts, pids: init === "s6" ? [] : pids };
}

/** The settings of this host for the init script of a package: see `packagedService`. */
export function settingsFile({ layout }: Pick<ServiceDescription, "layout">): string {
  return `${layout.configDirectory}/boot.env`;
}
