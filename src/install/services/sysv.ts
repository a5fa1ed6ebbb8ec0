// SysV init: one LSB script, started and stopped by symlinks in the directories of the runlevels. A registration command
// creates them if there is one, because it knows their order; otherwise, and in an image, the installer creates them.

import { command, type ServiceCommand } from "../plan/steps.ts";
import {
  type InitSystem,
  type ServiceDescription,
  type ServiceFiles,
  type ServiceLink,
  scriptMigration,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import { scriptFile, scriptSettings, scriptTraces } from "./service-text.ts";

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

const RUNLEVELS = [0, 1, 2, 3, 4, 5, 6].map((level) => `/etc/rc${level}.d`);

const IS_ENABLED = 'set -- /etc/rc[2-5].d/S[0-9][0-9]"$0"; [ -e "$1" ]';

function isEnabled(name: string): readonly string[] {
  return ["/bin/sh", "-c", IS_ENABLED, name];
}

/**
 * The commands that create the symlinks of a script in all runlevels, remove them, and switch a registered script on and off. A
 * disabled script has symlinks that only stop it: update-rc.d has different commands for it and for a new one.
 */
function registrarOf({ name, facts }: ServiceDescription) {
  const { registration, isRegistered } = facts;
  switch (registration) {
    case "update-rc.d":
      return {
        register: ["update-rc.d", name, "defaults"],
        // Without -f, the script would have to be removed first.
        unregister: ["update-rc.d", "-f", name, "remove"],
        enable: ["update-rc.d", name, isRegistered ? "enable" : "defaults"],
        // Without symlinks before, "disable" would create some that stop it.
        disable: ["update-rc.d", name, isRegistered ? "disable" : "remove"],
      };
    case "chkconfig":
      return {
        register: ["chkconfig", "--add", name],
        unregister: ["chkconfig", "--del", name],
        enable: ["chkconfig", name, "on"],
        disable: ["chkconfig", name, "off"],
      };
    case null:
      return null;
  }
}

/** Registering renumbers other scripts, and removing does not revert that. Not every host has insserv. */
const RENUMBER = command(["insserv"], "number the other scripts as before", null, true);

function sysvService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, facts, isRepair } = service;
  const path = `/etc/init.d/${name}`;
  const start = [path, "start"];
  const registrar = registrarOf(service);
  const isLinkedByUs = facts.isImage || registrar === null;
  // Existing runlevel symlinks stay after the undo of a repair, with their numbers.
  const isKept = isRepair === true && facts.isRegistered;
  const undo = isKept ? null : (registrar?.unregister ?? null);
  return {
    directories: ["/etc/init.d", ...(isLinkedByUs ? RUNLEVELS : [])],
    files: [scriptFile(service, templates, path, "init script", "sysv.mustache", { path })],
    mainFile: path,
    links: isLinkedByUs ? runlevelLinks(name) : [],
    enable: isLinkedByUs ? [] : [command(registrar.register, `start ${name} at boot`, undo)],
    ...startAndStop(name, start, [path, "stop"]),
    forget: facts.registration === "update-rc.d" && !facts.isImage && !isKept ? [RENUMBER] : [],
    isRunning: [path, "status"],
    isEnabled: isEnabled(name),
    ...scriptTraces(service),
    byHand: {
      start,
      restart: [path, "restart"],
      enable: registrar?.enable ?? [],
      disable: registrar?.disable ?? [],
    },
  };
}

/** The package has registered the script; an administrator may have disabled it since. An uninstall reverts neither. */
function enablePackaged({ name, facts }: ServiceDescription): readonly ServiceCommand[] {
  if (facts.isImage || facts.registration !== "update-rc.d") return [];
  return ["defaults", "enable"].map((word) =>
    command(["update-rc.d", name, word], `start ${name} at boot`),
  );
}

/** Symlinks that start it in the multi-user runlevels and stop it in the others. */
function runlevelLinks(name: string): readonly ServiceLink[] {
  return RUNLEVELS.map((directory, level) => {
    const kind = level >= 2 && level <= 5 ? `S${START_AT}` : `K${STOP_AT}`;
    return { path: `${directory}/${kind}${name}`, target: `../init.d/${name}` };
  });
}
