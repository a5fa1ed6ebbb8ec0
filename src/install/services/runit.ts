// runit: a service directory, and a symlink to it in the directory of runsvdir.

import { shellWord } from "../../core/base/shell-word.ts";
import {
  firstProcessIs,
  type InitSystem,
  initLinksTo,
  type ServiceDescription,
  type ServiceFiles,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import { isSymlink, scriptFile, scriptTraces } from "./service-text.ts";

export const runit: InitSystem = {
  signOnHost: (evidence) => firstProcessIs(evidence, "runit", "runit-init"),
  signInImage: (evidence) =>
    initLinksTo(evidence, "runit") ??
    (/^[^#]*\brunsvdir|^[^#]*\/runit\b/m.test(evidence.inittab ?? "")
      ? { because: "its /etc/inittab starts runit", isSure: false }
      : null),
  service: runitService,
  scanner: { program: "runsvdir", directories: ["/etc/service", "/var/service", "/service"] },
  // Debian's does.
  runsSysvScripts: true,
  isStatusForRoot: true,
};

/**
 * runsvdir scans for new symlinks every five seconds, so a new service cannot be controlled at once. It scans only if the
 * modification time of the directory has changed, in whole seconds of a clock that is some milliseconds ahead of file times: a
 * symlink that is created right after a scan, at the turn of a second, would never be found. Touching the directory fixes that.
 */
function startScript(scanned: readonly string[]): string {
  return `for second in 1 2 3 4 5 6 7 8 9 10; do
  sv up "$0" >/dev/null 2>&1 && exit
  touch -c ${scanned.map(shellWord).join(" ")} 2>/dev/null
  sleep 1
done
exec sv up "$0"`;
}

/** sv itself returns 0 for a service that is down on purpose. */
const IS_RUNNING = 'case $(sv status "$0" 2>&1) in run:*) exit 0 ;; esac; exit 1';

function runitService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, stopTimeoutSeconds, facts } = service;
  const directory = `/etc/sv/${name}`;
  const places = facts.scanDirectories.map((scanned) => `${scanned}/${name}`);
  const start = ["/bin/sh", "-c", startScript(facts.scanDirectories), directory];
  const sv = ["sv", "-w", String(stopTimeoutSeconds)];
  const script = (file: string, what: string, template: string) =>
    scriptFile(service, templates, `${directory}/${file}`, what, template, { directory });
  return {
    directories: ["/etc/sv", directory],
    files: [
      script("run", "runit service", "runit.run.mustache"),
      script("finish", "finish script", "runit.finish.mustache"),
    ],
    mainFile: `${directory}/run`,
    links: [
      // State of runsv is needed only until the next boot: /etc may be read-only, and nothing remains there.
      { path: `${directory}/supervise`, target: `/run/runit-${name}` },
      ...places.map((path) => ({ path, target: directory })),
    ],
    enable: [],
    ...startAndStop(name, start, [...sv, "force-stop", directory]),
    forget: [],
    isRunning: ["/bin/sh", "-c", IS_RUNNING, directory],
    isEnabled: isSymlink(places[0] ?? ""),
    ...scriptTraces(service),
    byHand: {
      start: ["sv", "up", directory],
      restart: [...sv, "restart", directory],
      enable: [],
      disable: [],
    },
  };
}
