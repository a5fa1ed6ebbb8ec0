// launchd: a job of the machine, or an agent of one user. A job in its directory is started at each boot (or login), so
// nothing else has to be enabled.

import { renderText } from "../../core/base/template.ts";
import type { ServiceDescription, ServiceFiles, Templates } from "../plan/service.ts";
import { xmlText } from "./escape.ts";
import { scriptText } from "./script.ts";

/** Loads a job, which starts it; starts a loaded job. */
const START = `if launchctl print "$0/$1" >/dev/null 2>&1; then
  exec launchctl kickstart "$0/$1"
fi
exec launchctl bootstrap "$0" "$2"`;

const IS_RUNNING = 'launchctl print "$0" 2>/dev/null | grep -q "state = running"';

/** The service for launchd. */
export function launchdService(service: ServiceDescription, templates: Templates): ServiceFiles {
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
  const stop = ["launchctl", "bootout", target];
  return {
    directories: [directory],
    files: [
      {
        path,
        text: plistText(service, templates, { label, errorFile }),
        mode: 0o644,
        what: isUser ? "launchd agent" : "launchd daemon",
      },
    ],
    links: [],
    enable: [
      {
        argv: ["launchctl", "enable", target],
        undo: null,
        what: `allow launchd to start ${name}`,
        mayFail: false,
      },
    ],
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
    forget: [],
    isRunning: { argv: ["/bin/sh", "-c", IS_RUNNING, target] },
    isEnabled: null,
    showTrouble: ["/usr/bin/tail", "-n", "20", errorFile],
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
