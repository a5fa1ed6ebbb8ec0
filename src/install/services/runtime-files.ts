// The files that a service makes while it runs, and where its settings are.

import { dirname } from "../../core/config/paths.ts";
import type { InitSystem } from "../plan/init-system.ts";
import type { ServiceDescription } from "../plan/service.ts";

/**
 * Where init systems without a journal keep what the daemon wrote on stderr: why it did not start.
 * @remarks Beside the run directory, not in it: that may be given to the user of the daemon, who could put a link there, and
 * root would write through it.
 */
export function errorFile({ name, layout }: Pick<ServiceDescription, "name" | "layout">): string {
  return `${dirname(layout.runDirectory)}/${name}.err`;
}

/** Every file of a script's beside the run directory: what holds text, and what holds a pid or nothing. */
export function besideRun(
  init: InitSystem | null,
  service: Pick<ServiceDescription, "name" | "layout">,
): { readonly texts: readonly string[]; readonly pids: readonly string[] } {
  if (init === null || init === "systemd" || init === "launchd") return { texts: [], pids: [] };
  const path = `${dirname(service.layout.runDirectory)}/${service.name}`;
  const pids = ["keeper", "daemon", "starting"].map((kind) => `${path}.${kind}`);
  return { texts: [errorFile(service), `${path}.word`], pids: init === "s6" ? [] : pids };
}

/** What an init script of a package reads of this host: see `packagedService`. */
export function settingsFile({ layout }: Pick<ServiceDescription, "layout">): string {
  return `${layout.configDirectory}/boot.env`;
}
