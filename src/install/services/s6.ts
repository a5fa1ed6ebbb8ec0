// s6: a service directory, and a symlink to it in the directory of s6-svscan.

import { command } from "../plan/steps.ts";
import {
  firstProcessIs,
  type InitSystem,
  initLinksTo,
  plainFile,
  type ServiceDescription,
  type ServiceFiles,
  startAndStop,
  type Templates,
} from "./init-system.ts";
import { isSymlink, scriptFile, scriptTraces } from "./service-text.ts";

export const s6: InitSystem = {
  signOnHost: (evidence) => firstProcessIs(evidence, "s6-svscan"),
  signInImage: (evidence) => initLinksTo(evidence, "s6"),
  service: s6Service,
  scanner: {
    program: "s6-svscan",
    directories: ["/run/service", "/etc/service", "/etc/s6/service"],
  },
  isStatusForRoot: true,
};

/** s6-svscan scans for the new symlink after the request, which returns before. */
const START = `for second in 1 2 3 4 5 6 7 8 9 10; do
  s6-svc -wu -T 10000 -u "$0" 2>/dev/null && exit
  sleep 1
done
exec s6-svc -wu -T 10000 -u "$0"`;

const IS_RUNNING = '[ "$(s6-svstat -u "$0" 2>/dev/null)" = true ]';

function s6Service(service: ServiceDescription, templates: Templates): ServiceFiles {
  const { name, stopTimeoutSeconds, facts } = service;
  const directory = `/etc/s6/sv/${name}`;
  const [scanned = "/run/service"] = facts.scanDirectories;
  const live = `${scanned}/${name}`;
  const wait = String(stopTimeoutSeconds * 1000);
  const start = ["/bin/sh", "-c", START, live];
  const scan = (flags: string, what: string) => command(["s6-svscanctl", flags, scanned], what);
  const script = (file: string, what: string, template: string) =>
    scriptFile(service, templates, `${directory}/${file}`, what, template, { live });
  return {
    directories: ["/etc/s6", "/etc/s6/sv", directory],
    files: [
      script("run", "s6 service", "s6.run.mustache"),
      script("finish", "finish script", "s6.finish.mustache"),
      plainFile(`${directory}/notification-fd`, "3\n", "readiness notification"),
    ],
    mainFile: `${directory}/run`,
    links: [
      // State of s6 is needed only until the next boot: /etc may be read-only, and nothing remains there.
      { path: `${directory}/supervise`, target: `/run/s6-${name}.supervise` },
      { path: `${directory}/event`, target: `/run/s6-${name}.event` },
      ...facts.scanDirectories.map((path) => ({ path: `${path}/${name}`, target: directory })),
    ],
    // s6-svscan stops services whose symlink was removed only on request (`-n`), and a repair stops none.
    enable: [scan(service.isRepair === true ? "-a" : "-an", "make s6 scan for the service")],
    ...startAndStop(name, start, ["s6-svc", "-wD", "-T", wait, "-d", live]),
    forget: [scan("-an", "make s6 stop supervising it")],
    isRunning: ["/bin/sh", "-c", IS_RUNNING, live],
    isEnabled: isSymlink(`${facts.scanDirectories.at(-1)}/${name}`),
    ...scriptTraces(service, { pids: [] }),
    byHand: {
      start: ["s6-svc", "-u", live],
      restart: ["s6-svc", "-wR", "-T", wait, "-r", live],
      enable: [],
      disable: [],
    },
  };
}
