// The service on a host with a tsv package: the package's files stay unchanged, and the settings of this host are in a
// separate file.

import { shellWord } from "../../core/base/shell-word.ts";
import { renderText, Written } from "../../core/base/template.ts";
import type { InitSystem } from "../plan/init-system.ts";
import type {
  ServiceCommand,
  ServiceDescription,
  ServiceFile,
  ServiceFiles,
  Templates,
} from "../plan/service.ts";
import type { FoundFile } from "../plan/steps.ts";
import { daemonCommand, updateCommand } from "./daemon-command.ts";
import { unitCommand, unitSetting } from "./escape.ts";
import { openrcService } from "./openrc.ts";
import { settingsFile } from "./runtime-files.ts";
import { hardFileLimit, systemdService } from "./systemd.ts";
import { sysvService } from "./sysv.ts";

type ServiceLink = ServiceFiles["links"][number];

/** The values in the files of a package, which do not depend on a host's configuration. */
export const PACKAGE_DEFAULTS = { stopTimeoutSeconds: 90, openFiles: 1024 } as const;

/** The unit or init script of a package for an init system; null: none, and tsv writes its own. */
export function packagedScript(init: InitSystem, name: string): string | null {
  switch (init) {
    case "systemd":
      return `/usr/lib/systemd/system/${name}.service`;
    // Debian's OpenRC and runit run SysV init scripts, too.
    case "sysv":
    case "openrc":
    case "runit":
      return `/etc/init.d/${name}`;
    case "s6":
    case "launchd":
      return null;
  }
}

/**
 * The service for its init system, without the files of the package.
 */
export function packagedService(
  init: InitSystem,
  service: ServiceDescription,
  { templates, look }: { readonly templates: Templates; look(path: string): FoundFile },
): ServiceFiles {
  const whole = wholeService(init, { ...service, isPackaged: true }, templates);
  const own = ownFile(init, service, templates);
  // A file of an earlier run has to be updated.
  const isNeeded = differs(service, init) || look(own.path).kind !== "missing";
  const links = init === "sysv" ? [] : whole.links.map((link) => asItIs(link, look(link.path)));
  return {
    ...whole,
    directories: [
      ...links.map(({ path }) => directoryOf(path)),
      ...(isNeeded ? [directoryOf(own.path)] : []),
    ],
    files: isNeeded ? [own] : [],
    links,
    enable: init === "sysv" ? enableSysv(service) : whole.enable,
    forget: init === "systemd" ? whole.forget : [],
  };
}

/** Packages link to the same unit by another path: /lib is a symlink to /usr/lib. */
function asItIs(link: ServiceLink, found: FoundFile): ServiceLink {
  const isSame = found.kind === "link" && `/usr${found.target}` === link.target;
  return isSame ? { ...link, target: found.target } : link;
}

/** The package has registered the script; an administrator may have disabled it since. An uninstall reverts neither. */
function enableSysv({ name, facts }: ServiceDescription): readonly ServiceCommand[] {
  if (facts.isImage || facts.registration !== "update-rc.d") return [];
  return ["defaults", "enable"].map((word) => ({
    argv: ["update-rc.d", name, word],
    undo: null,
    what: `start ${name} at boot`,
    mayFail: false,
  }));
}

/** The file with the settings of a host with a package. */
function ownPath(init: InitSystem, service: Pick<ServiceDescription, "name" | "layout">) {
  return init === "systemd"
    ? `/etc/systemd/system/${service.name}.service.d/tsv-install.conf`
    : settingsFile(service);
}

function wholeService(
  init: InitSystem,
  service: ServiceDescription,
  templates: Templates,
): ServiceFiles {
  switch (init) {
    case "systemd":
      return systemdService(service, templates);
    case "openrc":
      return openrcService(service, templates);
    default:
      return sysvService(service, templates);
  }
}

function differs(service: ServiceDescription, init: InitSystem): boolean {
  const { config, layout, waitOnline, stopTimeoutSeconds, openFiles } = service;
  return (
    config !== layout.config ||
    (waitOnline && init === "systemd") ||
    stopTimeoutSeconds > PACKAGE_DEFAULTS.stopTimeoutSeconds ||
    openFiles > PACKAGE_DEFAULTS.openFiles
  );
}

function ownFile(init: InitSystem, service: ServiceDescription, templates: Templates): ServiceFile {
  const { config, stopTimeoutSeconds, openFiles, waitOnline } = service;
  const path = ownPath(init, service);
  if (init !== "systemd") {
    const view = { config, stopTimeoutSeconds };
    const text = renderText(templates("sysv.settings.mustache"), view, shellWord);
    return { path, text, mode: 0o644, what: "settings for the init script" };
  }
  const view = {
    waitOnline,
    daemon: new Written(unitCommand(daemonCommand(service, false))),
    update: new Written(unitCommand(updateCommand(service))),
    stopTimeoutSeconds,
    openFiles,
    openFilesHard: hardFileLimit(service),
  };
  const text = renderText(templates("systemd.dropin.mustache"), view, unitSetting);
  return { path, text, mode: 0o644, what: "drop-in of the unit" };
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
