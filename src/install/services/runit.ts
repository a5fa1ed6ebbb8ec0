// runit: a service directory, and a link to it where runsvdir looks.

import { shellWord } from "../../core/base/shell-word.ts";
import type { ServiceDescription, ServiceFiles, Templates } from "../plan/service.ts";
import { errorFile } from "./runtime-files.ts";
import { isSymlink, scriptText } from "./script.ts";

/**
 * runsvdir looks for new links every five seconds, so a service that is new cannot be told anything at once. It looks only
 * when the directory's time has changed, in whole seconds and by a clock that the kernel's file times are some milliseconds
 * behind: a link made right after a look, at the turn of a second, stays unseen for ever. The new time makes it look again.
 */
function startScript(scanned: readonly string[]): string {
  return `for second in 1 2 3 4 5 6 7 8 9 10; do
  sv up "$0" >/dev/null 2>&1 && exit
  touch -c ${scanned.map(shellWord).join(" ")} 2>/dev/null
  sleep 1
done
exec sv up "$0"`;
}

/** sv itself answers 0 for a service that is down on purpose. */
const IS_RUNNING = 'case $(sv status "$0" 2>&1) in run:*) exit 0 ;; esac; exit 1';

/** The service in runit's words. */
export function runitService(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, stopTimeoutSeconds, facts } = service;
  const directory = `/etc/sv/${name}`;
  const places = facts.scanDirectories.map((scanned) => `${scanned}/${name}`);
  const start = ["/bin/sh", "-c", startScript(facts.scanDirectories), directory];
  const stop = ["sv", "-w", String(stopTimeoutSeconds), "force-stop", directory];
  return {
    directories: ["/etc/sv", directory],
    files: [
      {
        path: `${directory}/run`,
        text: scriptText(service, templates, "runit.run.mustache"),
        mode: 0o755,
        what: "runit service",
      },
      {
        path: `${directory}/finish`,
        text: scriptText(service, templates, "runit.finish.mustache", { directory }),
        mode: 0o755,
        what: "what follows its end",
      },
    ],
    links: [
      // What runsv keeps is for as long as the machine runs: /etc may be read-only, and nothing is left there.
      { path: `${directory}/supervise`, target: `/run/runit-${name}` },
      ...places.map((path) => ({ path, target: directory })),
    ],
    enable: [],
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
    forget: [],
    isRunning: { argv: ["/bin/sh", "-c", IS_RUNNING, directory] },
    isEnabled: isSymlink(places[0] ?? ""),
    showTrouble: ["tail", "-n", "20", errorFile(service)],
  };
}
