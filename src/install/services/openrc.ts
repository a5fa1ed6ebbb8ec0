// OpenRC: a service script, in the default runlevel by the symlink that rc-update would create, which also works in an image.

import { shellWord } from "../../core/base/shell-word.ts";
import type {
  ServiceCommand,
  ServiceDescription,
  ServiceFiles,
  Templates,
} from "../plan/service.ts";
import { daemonCommand } from "./daemon-command.ts";
import { errorFile } from "./runtime-files.ts";
import { isSymlink, scriptText } from "./script.ts";

/**
 * At shutdown, OpenRC stops only services of its dependency tree, and kills the others together with their programs. It updates
 * the tree only if a script is newer in whole seconds: not in the second of its last update, nor after the clock was set back.
 */
const UPDATE_DEPENDENCIES: ServiceCommand = {
  argv: ["rc-update", "--update"],
  undo: null,
  what: "update the dependency tree of OpenRC",
  mayFail: true,
};

/** The service for OpenRC. */
export function openrcService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name } = service;
  const path = `/etc/init.d/${name}`;
  const link = `/etc/runlevels/default/${name}`;
  const runner = scriptText(service, templates, "openrc.run.mustache");
  // The shell evaluates it a second time when the service starts.
  const args = `-c "$runner" ${name} ${daemonCommand(service, true).map(shellWord).join(" ")} $DAEMON_OPTS`;
  const start = ["rc-service", name, "start"];
  const stop = ["rc-service", name, "stop"];
  return {
    directories: ["/etc/init.d", "/etc/runlevels", "/etc/runlevels/default"],
    files: [
      {
        path,
        text: scriptText(service, templates, "openrc.mustache", { runner, arguments: args }),
        mode: 0o755,
        what: "OpenRC service",
      },
    ],
    links: [{ path: link, target: path }],
    enable: service.facts.isImage ? [] : [UPDATE_DEPENDENCIES],
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
    forget: service.facts.isImage ? [] : [UPDATE_DEPENDENCIES],
    isRunning: { argv: ["rc-service", name, "status"] },
    isEnabled: isSymlink(link),
    showTrouble: ["tail", "-n", "20", errorFile(service)],
  };
}
