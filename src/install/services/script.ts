// Creates shell scripts of services from templates.

import { shellWord } from "../../core/base/shell-word.ts";
import { renderText, Written } from "../../core/base/template.ts";
import { dirname } from "../../core/config/paths.ts";
import type { ServiceDescription, ServiceQuestion, Templates } from "../plan/service.ts";
import { daemonCommand, updateCommand } from "./daemon-command.ts";
import { errorFile, settingsFile } from "./runtime-files.ts";

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

/** Whether the symlink that starts a service at boot exists. */
export function isSymlink(path: string): ServiceQuestion {
  return { argv: ["/bin/sh", "-c", '[ -L "$0" ]', path] };
}
