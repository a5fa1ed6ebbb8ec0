// OpenRC: a service script, in the default runlevel by the symlink that rc-update would create, which also works in an image.

import { shellWord } from "../../core/base/shell-word.ts";
import { command } from "../plan/steps.ts";
import {
  firstProcessIs,
  type ImageEvidence,
  type InitSystem,
  initLinksTo,
  type ServiceDescription,
  type ServiceFiles,
  type Sign,
  scriptMigration,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import {
  daemonCommand,
  isSymlink,
  scriptFile,
  scriptSettings,
  scriptText,
  scriptTraces,
} from "./service-text.ts";

export const openrc: InitSystem = {
  signOnHost: (evidence) =>
    firstProcessIs(evidence, "openrc-init") ??
    (evidence.hasOpenrcLevel ? { because: "/run/openrc/softlevel exists", isSure: false } : null),
  signInImage: (evidence) => initLinksTo(evidence, "openrc") ?? signOfFiles(evidence),
  service: openrcService,
  packaged: {
    // Debian's OpenRC runs SysV init scripts, too.
    script: (name) => `/etc/init.d/${name}`,
    settings: scriptSettings,
    canWaitOnline: false,
    changes: () => ({ forget: [] }),
  },
  supervisor: scriptMigration(
    (name) => isSymlink(inDefaultRunlevel(name)),
    (name) => ({
      argv: ["rc-update", "del", name, "default"],
      undo: ["rc-update", "add", name, "default"],
    }),
  ),
  isStatusForRoot: true,
};

function signOfFiles({ inittab, hasOpenrc }: ImageEvidence): Sign | null {
  if (inittab !== null && /^[^#]*\bopenrc\b/m.test(inittab)) {
    return { because: "its /etc/inittab starts openrc", isSure: false };
  }
  return hasOpenrc ? { because: "it contains OpenRC and its runlevels", isSure: false } : null;
}

/**
 * At shutdown, OpenRC stops only services of its dependency tree, and kills the others together with their programs. It updates
 * the tree only if a script is newer in whole seconds: not in the second of its last update, nor after the clock was set back.
 */
const UPDATE_DEPENDENCIES = command(
  ["rc-update", "--update"],
  "update the dependency tree of OpenRC",
  null,
  true,
);

function inDefaultRunlevel(name: string): string {
  return `/etc/runlevels/default/${name}`;
}

function openrcService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name } = service;
  const path = `/etc/init.d/${name}`;
  const link = inDefaultRunlevel(name);
  const runner = scriptText(service, templates, "openrc.run.mustache");
  // The shell evaluates it a second time when the service starts.
  const args = `-c "$runner" ${name} ${daemonCommand(service, true).map(shellWord).join(" ")} $DAEMON_OPTS`;
  // OpenRC takes a service for started whose processes were killed, and then `start` does nothing. This starts it, too.
  const start = ["rc-service", name, "restart"];
  const updates = service.facts.isImage ? [] : [UPDATE_DEPENDENCIES];
  return {
    directories: ["/etc/init.d", "/etc/runlevels", "/etc/runlevels/default"],
    files: [
      scriptFile(service, templates, path, "OpenRC service", "openrc.mustache", {
        runner,
        arguments: args,
      }),
    ],
    mainFile: path,
    links: [{ path: link, target: path }],
    enable: updates,
    ...startAndStop(name, start, ["rc-service", name, "stop"]),
    forget: updates,
    isRunning: ["rc-service", name, "status"],
    isEnabled: isSymlink(link),
    ...scriptTraces(service, { texts: ["stop"] }),
    byHand: {
      start,
      restart: start,
      enable: ["rc-update", "add", name, "default"],
      disable: ["rc-update", "del", name, "default"],
    },
  };
}
