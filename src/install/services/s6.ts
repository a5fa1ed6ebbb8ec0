// s6: a service directory, and a link to it where s6-svscan looks.

import type { ServiceDescription, ServiceFiles, Templates } from "../plan/service.ts";
import { errorFile } from "./runtime-files.ts";
import { isSymlink, scriptText } from "./script.ts";

/** s6-svscan looks for the new link after it was told to, not before that returns. */
const START = `for second in 1 2 3 4 5 6 7 8 9 10; do
  s6-svc -wu -T 10000 -u "$0" 2>/dev/null && exit
  sleep 1
done
exec s6-svc -wu -T 10000 -u "$0"`;

const IS_RUNNING = '[ "$(s6-svstat -u "$0" 2>/dev/null)" = true ]';

/** What s6-svscan no longer finds it ends only when it is asked to (`-n`); a link that vanished is no reason by itself. */
const SCAN = ["s6-svscanctl", "-an"];

/** The service in s6's words. */
export function s6Service(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, stopTimeoutSeconds, facts } = service;
  const directory = `/etc/s6/sv/${name}`;
  const [scanned = "/run/service"] = facts.scanDirectories;
  const live = `${scanned}/${name}`;
  const wait = String(stopTimeoutSeconds * 1000);
  const start = ["/bin/sh", "-c", START, live];
  const stop = ["s6-svc", "-wD", "-T", wait, "-d", live];
  const script = (template: string) => scriptText(service, templates, template, { live });
  return {
    directories: ["/etc/s6", "/etc/s6/sv", directory],
    files: [
      {
        path: `${directory}/run`,
        text: script("s6.run.mustache"),
        mode: 0o755,
        what: "s6 service",
      },
      {
        path: `${directory}/finish`,
        text: script("s6.finish.mustache"),
        mode: 0o755,
        what: "what follows its end",
      },
      {
        path: `${directory}/notification-fd`,
        text: "3\n",
        mode: 0o644,
        what: "where it says that it is up",
      },
    ],
    links: [
      // What s6 keeps is for as long as the machine runs: /etc may be read-only, and nothing is left there.
      { path: `${directory}/supervise`, target: `/run/s6-${name}.supervise` },
      { path: `${directory}/event`, target: `/run/s6-${name}.event` },
      ...facts.scanDirectories.map((path) => ({ path: `${path}/${name}`, target: directory })),
    ],
    enable: [
      {
        argv: [...SCAN, scanned],
        undo: null,
        what: "tell s6 about the service",
        mayFail: false,
      },
    ],
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
    forget: [
      { argv: [...SCAN, scanned], undo: null, what: "tell s6 that it is gone", mayFail: false },
    ],
    isRunning: { argv: ["/bin/sh", "-c", IS_RUNNING, live] },
    isEnabled: isSymlink(`${facts.scanDirectories.at(-1)}/${name}`),
    showTrouble: ["tail", "-n", "20", errorFile(service)],
  };
}
