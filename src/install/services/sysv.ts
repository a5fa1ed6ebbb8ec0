// SysV init: one LSB script, started and stopped by symlinks in the directories of the runlevels. A registration command
// creates them if there is one, because it knows their order; otherwise, and in an image, the installer creates them.

import type {
  ServiceCommand,
  ServiceDescription,
  ServiceFacts,
  ServiceFiles,
  Templates,
} from "../plan/service.ts";
import { errorFile } from "./runtime-files.ts";
import { scriptText } from "./script.ts";

/** Late start, early stop: the order of the script, for systems with numbers. */
const START_AT = "85";
const STOP_AT = "15";

const IS_ENABLED = 'set -- /etc/rc[2-5].d/S[0-9][0-9]"$0"; [ -e "$1" ]';

/** Registering renumbers other scripts, and removing does not revert that. Not every host has insserv. */
const RENUMBER: ServiceCommand = {
  argv: ["insserv"],
  undo: null,
  what: "number the other scripts as before",
  mayFail: true,
};

/** The service for SysV init. */
export function sysvService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, facts } = service;
  const path = `/etc/init.d/${name}`;
  const start = [path, "start"];
  const stop = [path, "stop"];
  const isLinkedByUs = facts.isImage || facts.registration === null;
  return {
    directories: ["/etc/init.d", ...(isLinkedByUs ? runlevelDirectories() : [])],
    files: [
      {
        path,
        text: scriptText(service, templates, "sysv.mustache", { path }),
        mode: 0o755,
        what: "init script",
      },
    ],
    links: isLinkedByUs ? runlevelLinks(name) : [],
    enable: facts.isImage ? [] : registering(name, facts.registration),
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
    forget: facts.registration === "update-rc.d" && !facts.isImage ? [RENUMBER] : [],
    isRunning: { argv: [path, "status"] },
    isEnabled: { argv: ["/bin/sh", "-c", IS_ENABLED, name] },
    showTrouble: ["tail", "-n", "20", errorFile(service)],
  };
}

function registering(
  name: string,
  registration: ServiceFacts["registration"],
): readonly ServiceCommand[] {
  const what = `start ${name} at boot`;
  switch (registration) {
    case "update-rc.d": {
      // Without -f, the script would have to be removed first.
      const undo = ["update-rc.d", "-f", name, "remove"];
      return [{ argv: ["update-rc.d", name, "defaults"], undo, what, mayFail: false }];
    }
    case "chkconfig": {
      const undo = ["chkconfig", "--del", name];
      return [{ argv: ["chkconfig", "--add", name], undo, what, mayFail: false }];
    }
    case null:
      return [];
  }
}

function runlevelDirectories(): readonly string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((level) => `/etc/rc${level}.d`);
}

function runlevelLinks(name: string): ServiceFiles["links"] {
  const target = `../init.d/${name}`;
  return [0, 1, 2, 3, 4, 5, 6].map((level) => {
    const isStart = level >= 2 && level <= 5;
    return {
      path: `/etc/rc${level}.d/${isStart ? "S" : "K"}${isStart ? START_AT : STOP_AT}${name}`,
      target,
    };
  });
}
