// launchd: a job of the machine, or an agent of one user. A job in its directory is started at each boot (or login), so
// nothing else has to be enabled.

import { renderText } from "../../core/base/template.ts";
import { command } from "../plan/steps.ts";
import {
  type InitSystem,
  plainFile,
  type ServiceDescription,
  type ServiceFiles,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import { scriptText, xmlText } from "./service-text.ts";

export const launchd: InitSystem = {
  signOnHost: ({ platform }) =>
    platform === "darwin" ? { because: "this is macOS", isSure: true } : null,
  signInImage: () => null,
  service: launchdService,
  hasUserServices: true,
};

/** Loads a job, which starts it; starts a loaded job. */
const START = `if launchctl print "$0/$1" >/dev/null 2>&1; then
  exec launchctl kickstart "$0/$1"
fi
exec launchctl bootstrap "$0" "$2"`;

const IS_RUNNING = 'launchctl print "$0" 2>/dev/null | grep -q "state = running"';

function launchdService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, scope, facts } = service;
  const isUser = scope === "user";
  // "local" is not a domain on the internet, so other vendors do not use such a label.
  const label = `local.${name}`;
  const domain = isUser ? `gui/${facts.user.uid}` : "system";
  const directory = isUser ? `${facts.user.home}/Library/LaunchAgents` : "/Library/LaunchDaemons";
  const path = `${directory}/${label}.plist`;
  const target = `${domain}/${label}`;
  const errorFile = `${service.layout.logDirectory}/${name}.err`;
  const start = ["/bin/sh", "-c", START, domain, label, path];
  const enable = ["launchctl", "enable", target];
  return {
    directories: [directory],
    files: [
      plainFile(
        path,
        plistText(service, templates, { label, errorFile }),
        isUser ? "launchd agent" : "launchd daemon",
      ),
    ],
    mainFile: path,
    links: [],
    enable: [command(enable, `allow launchd to start ${name}`)],
    ...startAndStop(name, start, ["launchctl", "bootout", target]),
    forget: [],
    isRunning: ["/bin/sh", "-c", IS_RUNNING, target],
    isEnabled: null,
    showOutput: ["/usr/bin/tail", "-n", "20", errorFile],
    byHand: {
      start: ["launchctl", "bootstrap", domain, path],
      restart: ["launchctl", "kickstart", "-k", target],
      enable,
      disable: ["launchctl", "disable", target],
    },
    leftovers: { texts: [], pids: [] },
  };
}

function plistText(
  service: ServiceDescription,
  templates: Templates,
  { label, errorFile }: { readonly label: string; readonly errorFile: string },
): string {
  const view = {
    name: service.name,
    label,
    errorFile,
    command: scriptText(service, templates, "launchd.sh.mustache"),
    openFiles: service.openFiles,
    stopTimeoutSeconds: service.stopTimeoutSeconds,
  };
  return renderText(templates("launchd.plist.mustache"), view, xmlText);
}
