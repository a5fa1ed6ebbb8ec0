// systemd: a unit, and directories to create at each boot. It is enabled by the symlink that systemctl would create, which
// also works in an image.

import { renderText, Written } from "../../core/base/template.ts";
import { command } from "../plan/steps.ts";
import {
  type DisabledSupervisor,
  type InitSystem,
  initLinksTo,
  plainFile,
  type ServiceDescription,
  type ServiceFile,
  type ServiceFiles,
  type SupervisorService,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import {
  daemonCommand,
  unitCommand,
  unitSetting,
  unitWord,
  updateCommand,
} from "./service-text.ts";

const ETC_UNITS = "/etc/systemd/system";
/** The directory of units of packages, also on Debian, where /lib is a symlink to /usr/lib. */
const PACKAGED_UNITS = "/usr/lib/systemd/system";

const IS_ENABLED_UNIT =
  'case $(systemctl is-enabled "$0" 2>/dev/null) in enabled|enabled-runtime) exit 0 ;; esac; exit 1';
const IS_MASKED =
  'case $(systemctl is-enabled "$0" 2>/dev/null) in masked*) exit 0 ;; esac; exit 1';

export const systemd: InitSystem = {
  signOnHost: ({ hasRunSystemd }) =>
    hasRunSystemd ? { because: "/run/systemd/system exists", isSure: true } : null,
  signInImage: (evidence) =>
    initLinksTo(evidence, "systemd") ??
    (evidence.hasSystemd ? { because: "systemd is installed in it", isSure: false } : null),
  service: systemdService,
  packaged: {
    script: (name) => `${PACKAGED_UNITS}/${name}.service`,
    settings: dropIn,
    canWaitOnline: true,
    changes: () => ({}),
  },
  supervisor: {
    find: (name) => ({
      paths: [ETC_UNITS, PACKAGED_UNITS, "/lib/systemd/system"].map(
        (directory) => `${directory}/${name}.service`,
      ),
      isScript: false,
      isRunning: ["systemctl", "is-active", "--quiet", `${name}.service`],
      isEnabled: ["/bin/sh", "-c", IS_ENABLED_UNIT, `${name}.service`],
      isMasked: ["/bin/sh", "-c", IS_MASKED, `${name}.service`],
    }),
    disable: disableSupervisor,
  },
  hasUnits: true,
  hasUserServices: true,
  needsLingering: true,
};

/** The default hard limit of systemd; a higher one may exceed the limit of the kernel. */
const USUAL_HARD_LIMIT = 524_288;

/** The values of a unit that a drop-in for the unit of a package repeats. */
function daemonSettings(service: ServiceDescription) {
  const { scope, waitOnline, stopTimeoutSeconds, openFiles } = service;
  return {
    // A user's systemd has no network targets: it starts after the boot.
    waitOnline: waitOnline && scope === "system",
    daemon: new Written(unitCommand(daemonCommand(service, false))),
    update: new Written(unitCommand(updateCommand(service))),
    stopTimeoutSeconds,
    openFiles,
    openFilesHard: Math.max(openFiles, USUAL_HARD_LIMIT),
  };
}

/** The service for systemd, for the system or for one user. */
function systemdService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, facts } = service;
  const isUser = service.scope === "user";
  const systemctl = isUser ? ["systemctl", "--user"] : ["systemctl"];
  const unit = `${name}.service`;
  const start = [...systemctl, "start", unit];
  const reload = command([...systemctl, "daemon-reload"], "make systemd reload its units");
  const home = isUser ? `${facts.user.home}/.config/systemd/user` : ETC_UNITS;
  const wantedBy = isUser ? "default.target" : "multi-user.target";
  const tmpfilesHome = service.isPackaged ? "/usr/lib/tmpfiles.d" : "/etc/tmpfiles.d";
  const tmpfiles = isUser ? null : `${tmpfilesHome}/${name}.conf`;
  const unitHome = service.isPackaged ? PACKAGED_UNITS : home;
  const path = `${unitHome}/${unit}`;
  const directories = isUser ? userDirectories(facts.user.home) : [];
  return {
    directories: [
      ...directories,
      ...(service.isPackaged ? [PACKAGED_UNITS] : []),
      `${home}/${wantedBy}.wants`,
      ...(isUser ? [] : [tmpfilesHome]),
    ],
    files: [
      ...(tmpfiles === null ? [] : [tmpfilesFile(service, templates, tmpfiles)]),
      plainFile(path, unitText(service, templates, { wantedBy, tmpfiles }), "systemd unit"),
    ],
    mainFile: path,
    links: [{ path: `${home}/${wantedBy}.wants/${unit}`, target: path }],
    enable: [reload, ...(isUser && !facts.lingered ? [LINGER] : [])],
    ...startAndStop(name, start, [...systemctl, "stop", unit]),
    forget: [
      reload,
      // systemd keeps the state of a failed unit until a reset.
      command(
        ["/bin/sh", "-c", '"$@" 2>/dev/null || :', "sh", ...systemctl, "reset-failed", unit],
        "reset its failure state",
        null,
        true,
      ),
    ],
    isRunning: [...systemctl, "is-active", "--quiet", unit],
    isEnabled: [...systemctl, "is-enabled", "--quiet", unit],
    showOutput: ["journalctl", ...(isUser ? ["--user"] : []), "-n", "20", "--no-pager", "-u", unit],
    byHand: {
      start,
      restart: [...systemctl, "restart", unit],
      enable: [...systemctl, "enable", unit],
      disable: [...systemctl, "disable", unit],
    },
    leftovers: { texts: [], pids: [] },
  };
}

/** Overrides the unit of a package. */
function dropIn(service: ServiceDescription, templates: Templates): ServiceFile {
  const path = `${ETC_UNITS}/${service.name}.service.d/tsv-install.conf`;
  const view = daemonSettings(service);
  const text = renderText(templates("systemd.dropin.mustache"), view, unitSetting);
  return plainFile(path, text, "drop-in of the unit");
}

/**
 * The unit of a package is masked, so that an update of the package cannot start it; this can be undone completely. A unit
 * in /etc cannot be masked, so it is disabled.
 */
function disableSupervisor({
  name,
  path,
  isRunning,
  isEnabled,
}: SupervisorService): DisabledSupervisor {
  const unit = `${name}.service`;
  const start = ["systemctl", "start", unit];
  const starts = isRunning ? [start] : [];
  const { stop } = startAndStop(unit, start, ["systemctl", "stop", unit]);
  const stops = isRunning ? [stop] : [];
  if (path.startsWith(`${ETC_UNITS}/`)) {
    const enable = ["systemctl", "enable", unit];
    const disable = command(["systemctl", "disable", unit], `disable ${unit} at boot`, enable);
    return {
      mask: null,
      commands: isEnabled ? [...stops, disable] : stops,
      reactivate: isEnabled ? [enable, ...starts] : starts,
    };
  }
  const daemonReload = ["systemctl", "daemon-reload"];
  return {
    mask: {
      link: { path: `${ETC_UNITS}/${unit}`, target: "/dev/null" },
      reload: command(daemonReload, `make systemd read the mask of ${unit}`),
    },
    commands: stops,
    reactivate: [daemonReload, ...starts],
  };
}

/** Without lingering, a user's services stop with the last session, and none starts at boot. */
const LINGER = command(
  ["loginctl", "enable-linger"],
  "start it at boot instead of at login",
  ["loginctl", "disable-linger"],
  true,
);

function userDirectories(home: string): readonly string[] {
  return [`${home}/.config`, `${home}/.config/systemd`, `${home}/.config/systemd/user`];
}

function unitText(
  service: ServiceDescription,
  templates: Templates,
  { wantedBy, tmpfiles }: { readonly wantedBy: string; readonly tmpfiles: string | null },
): string {
  const { layout, scope } = service;
  const runName = belowRun(service);
  const view = {
    name: service.name,
    isUser: scope === "user",
    isPackaged: service.isPackaged,
    environmentFile: layout.environmentFile,
    tmpfiles: tmpfiles === null ? null : new Written(unitWord(tmpfiles)),
    runName: runName === null ? null : new Written(unitWord(runName)),
    runMode: scope === "user" ? "0700" : "0755",
    wantedBy,
    ...daemonSettings(service),
  };
  return renderText(templates("systemd.service.mustache"), view, unitSetting);
}

/** The run directory in systemd's notation: relative to /run, or to the runtime directory of the user. */
function belowRun({ layout, scope, facts }: ServiceDescription): string | null {
  const run = scope === "user" ? `/run/user/${facts.user.uid}/` : "/run/";
  return layout.runDirectory.startsWith(run) ? layout.runDirectory.slice(run.length) : null;
}

function tmpfilesFile(
  { name, group, layout, isPackaged }: ServiceDescription,
  templates: Templates,
  path: string,
): ServiceFiles["files"][number] {
  const view = { name, group, logDirectory: layout.logDirectory, isPackaged };
  const text = renderText(templates("systemd.tmpfiles.mustache"), view, unitWord);
  return plainFile(path, text, "directories to create at boot");
}
