// SysV init: one LSB script, started and stopped by symlinks in the directories of the runlevels. A registration command
// creates them if there is one, because it knows their order; otherwise, and in an image, the installer creates them.

import type { ServiceCommand } from "../plan/steps.ts";
import { command } from "../plan/steps.ts";
import type { InitSystem } from "./init-system.ts";
import {
  type ServiceDescription,
  type ServiceFiles,
  type ServiceLink,
  type ServiceQuestion,
  scriptMigration,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import { scriptSettings, scriptText, scriptTraces } from "./service-text.ts";

/** Debian's SysV init starts scripts from this list, which insserv creates from the symlinks; without it, from the symlinks. */
const START_LIST = "/etc/init.d/.depend.start";

export const sysv: InitSystem = {
  signOnHost: ({ firstProcess, hasInittab }) =>
    firstProcess === "init" && hasInittab
      ? { because: "PID 1 is init, with /etc/inittab", isSure: false }
      : null,
  signInImage: ({ init, inittab }) =>
    init.kind === "file" && inittab !== null
      ? { because: "it has /sbin/init and /etc/inittab", isSure: false }
      : null,
  service: sysvService,
  packaged: {
    script: (name) => `/etc/init.d/${name}`,
    settings: scriptSettings,
    canWaitOnline: false,
    changes: (service) => ({ links: [], enable: enablePackaged(service), forget: [] }),
  },
  supervisor: scriptMigration(isEnabled, (name) => ({
    argv: ["update-rc.d", name, "disable"],
    undo: ["update-rc.d", name, "enable"],
  })),
  imageRemark: {
    ifExists: START_LIST,
    text: `${START_LIST} has to be updated before tsv starts at boot: run insserv in the image`,
  },
};

/** Late start, early stop: the order of the script, for systems with numbers. */
const START_AT = "85";
const STOP_AT = "15";

const IS_ENABLED = 'set -- /etc/rc[2-5].d/S[0-9][0-9]"$0"; [ -e "$1" ]';

function isEnabled(name: string): ServiceQuestion {
  return { argv: ["/bin/sh", "-c", IS_ENABLED, name] };
}

/** Registering renumbers other scripts, and removing does not revert that. Not every host has insserv. */
const RENUMBER = command(["insserv"], "number the other scripts as before", null, true);

function sysvService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, facts } = service;
  const path = `/etc/init.d/${name}`;
  const start = [path, "start"];
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
    mainFile: path,
    links: isLinkedByUs ? runlevelLinks(name) : [],
    enable: facts.isImage ? [] : registering(service),
    ...startAndStop(name, start, [path, "stop"]),
    forget:
      facts.registration === "update-rc.d" && !facts.isImage && !isKept(service) ? [RENUMBER] : [],
    isRunning: { argv: [path, "status"] },
    isEnabled: isEnabled(name),
    ...scriptTraces(service),
    byHand: { start, restart: [path, "restart"], ...switching(service) },
  };
}

/** Existing runlevel symlinks stay after the undo of a repair, with their numbers. */
function isKept({ isRepair, facts }: ServiceDescription): boolean {
  return isRepair === true && facts.isRegistered;
}

function registering(service: ServiceDescription): readonly ServiceCommand[] {
  const { name, facts } = service;
  const register = (argv: readonly string[], undo: readonly string[]) => [
    command(argv, `start ${name} at boot`, isKept(service) ? null : undo),
  ];
  switch (facts.registration) {
    case "update-rc.d":
      // Without -f, the script would have to be removed first.
      return register(["update-rc.d", name, "defaults"], ["update-rc.d", "-f", name, "remove"]);
    case "chkconfig":
      return register(["chkconfig", "--add", name], ["chkconfig", "--del", name]);
    case null:
      return [];
  }
}

/** The package has registered the script; an administrator may have disabled it since. An uninstall reverts neither. */
function enablePackaged({ name, facts }: ServiceDescription): readonly ServiceCommand[] {
  if (facts.isImage || facts.registration !== "update-rc.d") return [];
  return ["defaults", "enable"].map((word) =>
    command(["update-rc.d", name, word], `start ${name} at boot`),
  );
}

/** A disabled script has symlinks that only stop it: update-rc.d has different commands for it and for a new one. */
function switching({
  name,
  facts,
}: ServiceDescription): Pick<ServiceFiles["byHand"], "enable" | "disable"> {
  const { registration, isRegistered } = facts;
  switch (registration) {
    case "update-rc.d":
      return {
        enable: ["update-rc.d", name, isRegistered ? "enable" : "defaults"],
        // Without symlinks before, "disable" would create some that stop it.
        disable: ["update-rc.d", name, isRegistered ? "disable" : "remove"],
      };
    case "chkconfig":
      return { enable: ["chkconfig", name, "on"], disable: ["chkconfig", name, "off"] };
    case null:
      return { enable: [], disable: [] };
  }
}

function runlevelDirectories(): readonly string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((level) => `/etc/rc${level}.d`);
}

function runlevelLinks(name: string): readonly ServiceLink[] {
  const target = `../init.d/${name}`;
  return [0, 1, 2, 3, 4, 5, 6].map((level) => {
    const isStart = level >= 2 && level <= 5;
    return {
      path: `/etc/rc${level}.d/${isStart ? "S" : "K"}${isStart ? START_AT : STOP_AT}${name}`,
      target,
    };
  });
}
