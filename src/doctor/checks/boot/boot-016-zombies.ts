// BOOT-016: process 1 of a container does not bury the dead.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** One that has just ended is buried in a moment. */
const OLD_MS = 60_000;
/** Names by which programs are known that bury every orphan. */
const REAPERS =
  /^(?:tini|tini-static|dumb-init|docker-init|catatonit|init|systemd|s6-svscan|runit|runit-init|openrc-init|busybox|tsv|supervisord|bash)$/;

export const ZOMBIES = defineCheck({
  code: "BOOT-016",
  area: "boot",
  title: "dead processes are not buried in a container",
  page: {
    symptom:
      "`ps` shows more and more processes as `<defunct>`, until `fork: Resource temporarily unavailable` in the container.",
    cause:
      "Process 1 has to bury processes whose parents are gone, and in this container it is a program that does not know that. Programs whose own parents were started by tsv are buried by tsv.",
    repair:
      'Start the container with an init (`docker run --init`, `init: true` in a compose file), or make tsv its process 1: `ENTRYPOINT ["/usr/bin/tsv", "daemon", "-n"]`. Both bury every orphan.',
  },
  look({ host, nowMs }, probe) {
    if (host.container === null) return [];
    const first = probe.process(1);
    if (first === null || REAPERS.test(first.name)) return [];
    const dead = probe
      .processes()
      .filter(
        ({ state, parent, startedMs }) =>
          state === "Z" && parent === 1 && nowMs - startedMs > OLD_MS,
      );
    if (dead.length === 0) return [];
    return [
      {
        severity: dead.length > 100 ? "warning" : "info",
        subject: "process 1",
        symptom: `${dead.length} processes are <defunct>`,
        cause: `Process 1, ${first.name}, does not bury processes that have lost their parents.`,
        evidence: dead.slice(0, 3).map(({ pid, name }) => `pid ${pid} (${name}) is dead`),
        place: null,
        repair: byHand("Start the container with an init, or with tsv as its process 1", [
          "docker run --init …",
        ]),
      },
    ];
  },
});
