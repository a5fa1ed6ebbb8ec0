// Texts of services: values in the syntax of units, XML and shells, shell scripts from templates, and the files that they use.

import { isPlainWord, shellWord } from "../../core/base/shell-word.ts";
import { renderText, Written } from "../../core/base/template.ts";
import { dirname } from "../../core/config/paths.ts";
import {
  plainFile,
  type ServiceDescription,
  type ServiceFile,
  type ServiceFiles,
  type Templates,
} from "./init-system.ts";

type NamedLayout = Pick<ServiceDescription, "name" | "layout">;

/** Control characters would end a line, and cannot be written in XML at all. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether a value can be written into every kind of file. */
export function isWritable(value: string): boolean {
  return value !== "" && !CONTROL.test(value);
}

/** A whole setting of a unit, such as a path: systemd uses the rest of the line literally, but expands `%` (systemd.unit(5)). */
export function unitSetting(value: string): string {
  return value.replaceAll("%", "%%");
}

/** An item of a list in a unit, or a field in a line of tmpfiles.d(5): see "Quoting" in systemd.syntax(7). */
export function unitWord(value: string): string {
  if (isPlainWord(value)) return value;
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;
}

/** A command line of a unit, in which `$` in all words except the first is a variable (systemd.service(5), "Command lines"). */
export function unitCommand([program = "", ...words]: readonly string[]): string {
  const args = words.map((word) => unitWord(word).replaceAll("$", "$$$$"));
  return [unitWord(program), ...args].join(" ");
}

/** Text in XML, including quoted attributes. */
export function xmlText(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The command line of the daemon, in the foreground. */
export function daemonCommand(
  { executable, config }: Pick<ServiceDescription, "executable" | "config">,
  silent: boolean,
): string[] {
  return [executable, "daemon", "-n", ...(silent ? ["-s"] : []), "-c", config];
}

/** Applies changes of the configuration without affecting other programs. */
export function updateCommand({ executable, config }: ServiceDescription): string[] {
  return [executable, "update", "-c", config];
}

/**
 * The file with the daemon's stderr, for init systems without a journal: it contains the reason if the daemon did not start.
 * @remarks Beside the run directory, not in it: that may belong to the user of the daemon, who could create a symlink there,
 * and root would write through it.
 */
function errorFile({ name, layout }: NamedLayout): string {
  return `${dirname(layout.runDirectory)}/${name}.err`;
}

/** What all services that are shell scripts have in common: stderr in a file, and files beside the run directory. */
export function scriptTraces(
  service: NamedLayout,
  { texts = [], pids = ["keeper", "daemon", "starting"] }: Partial<ServiceFiles["leftovers"]> = {},
) {
  const path = `${dirname(service.layout.runDirectory)}/${service.name}`;
  const withKind = (kinds: readonly string[]) => kinds.map((kind) => `${path}.${kind}`);
  return {
    showOutput: ["tail", "-n", "20", errorFile(service)],
    leftovers: {
      texts: [errorFile(service), ...withKind(["word", ...texts])],
      pids: withKind(pids),
    },
  };
}

/** The settings of this host for the init script of a package. */
function settingsFile({ layout }: Pick<ServiceDescription, "layout">): string {
  return `${layout.configDirectory}/boot.env`;
}

/** The same with its text. */
export function scriptSettings(service: ServiceDescription, templates: Templates): ServiceFile {
  const { config, stopTimeoutSeconds } = service;
  const template = templates("sysv.settings.mustache");
  const text = renderText(template, { config, stopTimeoutSeconds }, shellWord);
  return plainFile(settingsFile(service), text, "settings for the init script");
}

/** Words as one shell command. */
function shellCommand(words: readonly string[]): Written {
  return new Written(words.map(shellWord).join(" "));
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
    daemon: shellCommand(daemonCommand(service, true)),
    update: shellCommand(updateCommand(service)),
    ...more,
  };
  const partials = {
    places: templates("places.sh.mustache"),
    oom: templates("oom.sh.mustache"),
    leftovers: templates("leftovers.sh.mustache"),
  };
  return renderText(templates(template), view, shellWord, partials);
}

/** An executable file of the service from its template. */
export function scriptFile(
  service: ServiceDescription,
  templates: Templates,
  path: string,
  what: string,
  template: string,
  more: object = {},
): ServiceFile {
  return { path, text: scriptText(service, templates, template, more), mode: 0o755, what };
}

/** The query whether the symlink that starts a service at boot exists. */
export function isSymlink(path: string): readonly string[] {
  return ["/bin/sh", "-c", '[ -L "$0" ]', path];
}
