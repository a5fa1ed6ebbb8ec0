// systemd: a unit, and what a boot has to make again. Enabled by the link that systemctl would make, so that an image is
// set up in the same way.

import { renderText, Written } from "../../core/base/template.ts";
import type {
  ServiceCommand,
  ServiceDescription,
  ServiceFiles,
  Templates,
} from "../plan/service.ts";
import { daemonCommand, updateCommand } from "./daemon-command.ts";
import { unitCommand, unitSetting, unitWord } from "./escape.ts";

/** Where packages put units: also Debian's, since its /lib is a link to /usr/lib. */
const PACKAGED_UNITS = "/usr/lib/systemd/system";

/** What systemd gives as hard limit by default: more would be lowered where the kernel allows no more. */
const USUAL_HARD_LIMIT = 524_288;

/** The hard limit of open files that goes with the soft one. */
export function hardFileLimit({ openFiles }: ServiceDescription): number {
  return Math.max(openFiles, USUAL_HARD_LIMIT);
}

/** The service in systemd's words, for the system or for one user. */
export function systemdService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, facts } = service;
  const isUser = service.scope === "user";
  const systemctl = isUser ? ["systemctl", "--user"] : ["systemctl"];
  const unit = `${name}.service`;
  const home = isUser ? `${facts.user.home}/.config/systemd/user` : "/etc/systemd/system";
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
      {
        path,
        text: unitText(service, templates, { wantedBy, tmpfiles }),
        mode: 0o644,
        what: "systemd unit",
      },
    ],
    links: [{ path: `${home}/${wantedBy}.wants/${unit}`, target: path }],
    enable: [
      reload(systemctl, "tell systemd about the unit"),
      ...(isUser && !facts.lingered ? [LINGER] : []),
    ],
    start: {
      argv: [...systemctl, "start", unit],
      undo: [...systemctl, "stop", unit],
      what: `start ${name}`,
      mayFail: false,
    },
    stop: {
      argv: [...systemctl, "stop", unit],
      undo: [...systemctl, "start", unit],
      what: `stop ${name}`,
      mayFail: false,
    },
    forget: [
      reload(systemctl, "tell systemd that the unit is gone"),
      // It knows a unit that failed until it is told to forget it; one that did not fail it does not know any more.
      {
        argv: ["/bin/sh", "-c", '"$@" 2>/dev/null || :', "sh", ...systemctl, "reset-failed", unit],
        undo: null,
        what: "forget its failures",
        mayFail: true,
      },
    ],
    isRunning: { argv: [...systemctl, "is-active", "--quiet", unit] },
    isEnabled: { argv: [...systemctl, "is-enabled", "--quiet", unit] },
    showTrouble: [
      "journalctl",
      ...(isUser ? ["--user"] : []),
      "-n",
      "20",
      "--no-pager",
      "-u",
      unit,
    ],
  };
}

function reload(systemctl: readonly string[], what: string): ServiceCommand {
  return { argv: [...systemctl, "daemon-reload"], undo: null, what, mayFail: false };
}

/** Without it a user's services end with the last session, and none starts at boot. */
const LINGER: ServiceCommand = {
  argv: ["loginctl", "enable-linger"],
  undo: ["loginctl", "disable-linger"],
  what: "start it at boot, not at login",
  mayFail: true,
};

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
    // A user's manager has no targets of the network: it starts when the machine is up.
    waitOnline: service.waitOnline && scope === "system",
    environmentFile: layout.environmentFile,
    tmpfiles: tmpfiles === null ? null : new Written(unitWord(tmpfiles)),
    daemon: new Written(unitCommand(daemonCommand(service, false))),
    update: new Written(unitCommand(updateCommand(service))),
    stopTimeoutSeconds: service.stopTimeoutSeconds,
    runName: runName === null ? null : new Written(unitWord(runName)),
    runMode: scope === "user" ? "0700" : "0755",
    openFiles: service.openFiles,
    openFilesHard: hardFileLimit(service),
    wantedBy,
  };
  return renderText(templates("systemd.service.mustache"), view, unitSetting);
}

/** The run directory as systemd names it: below /run, or below the user's own directory there. */
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
  return { path, text, mode: 0o644, what: "directories for each boot" };
}
