// What the files of more than one init system are made of.

import { renderText, Written } from "../../base/template.ts";
import { dirname } from "../../config/paths.ts";
import type { InitSystem } from "../init-system.ts";
import type { ServiceDescription, ServiceQuestion, Templates } from "../service.ts";
import { isWritable, shellWord } from "./escape.ts";

/** What systemd gives as hard limit by default: more would be lowered where the kernel allows no more. */
const USUAL_HARD_LIMIT = 524_288;

/** The hard limit of open files that goes with the soft one. */
export function hardFileLimit({ openFiles }: ServiceDescription): number {
  return Math.max(openFiles, USUAL_HARD_LIMIT);
}

/** The daemon's command line: in the foreground, whoever starts it. */
export function daemonWords({ executable, config }: ServiceDescription, silent: boolean): string[] {
  return [executable, "daemon", "-n", ...(silent ? ["-s"] : []), "-c", config];
}

/** Applies what changed in the configuration, and leaves the rest alone. */
export function updateWords({ executable, config }: ServiceDescription): string[] {
  return [executable, "update", "-c", config];
}

/** Words as one shell command. */
function shellCommand(words: readonly string[]): Written {
  return new Written(words.map(shellWord).join(" "));
}

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

/** A shell script of the service from its template, as text. */
export function scriptText(
  service: ServiceDescription,
  templates: Templates,
  template: string,
  more: object = {},
): string {
  const { layout, scope } = service;
  const view = {
    name: service.name,
    executable: service.executable,
    config: service.config,
    group: scope === "system" ? service.group : null,
    runDirectory: layout.runDirectory,
    runMode: scope === "system" ? "0755" : "0700",
    logDirectory: layout.logDirectory,
    logMode: scope === "system" ? "0750" : "0700",
    environmentFile: layout.environmentFile,
    errorFile: errorFile(service),
    besideRun: dirname(layout.runDirectory),
    stopTimeoutSeconds: service.stopTimeoutSeconds,
    waitOnline: service.waitOnline,
    isPackaged: service.isPackaged,
    settings: settingsFile(service),
    daemon: shellCommand(daemonWords(service, true)),
    update: shellCommand(updateWords(service)),
    ...more,
  };
  const partials = {
    places: templates("places.sh.mustache"),
    oom: templates("oom.sh.mustache"),
    leftovers: templates("leftovers.sh.mustache"),
  };
  return renderText(templates(template), view, shellWord, partials);
}

/** Whether the link that starts a service at boot is there. */
export function isLink(path: string): ServiceQuestion {
  return { argv: ["/bin/sh", "-c", '[ -L "$0" ]', path] };
}

/** Why a service cannot be written into files; null when it can. */
export function whyUnwritable(service: ServiceDescription): string | null {
  const { layout, facts } = service;
  const texts = [service.executable, service.config, service.group, facts.user.home];
  for (const text of [...texts, ...facts.scanDirectories, ...Object.values(layout)]) {
    if (text === null || isWritable(text)) continue;
    return `${JSON.stringify(text)} is empty or holds control characters, which no init script can hold`;
  }
  // systemd takes no such program, however it is quoted.
  if (/["'\\]/.test(service.executable)) {
    return `${JSON.stringify(service.executable)} holds quotes or backslashes, which not every init system can run`;
  }
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(service.name)
    ? null
    : `the name ${JSON.stringify(service.name)} is more than letters, digits, "-" and "_"`;
}
