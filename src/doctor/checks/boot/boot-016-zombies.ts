// BOOT-016: PID 1 of a container does not reap orphans.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** A process that has just exited may be reaped soon. */
const OLD_MS = 60_000;
/** Names of programs that reap every orphan. */
const REAPERS =
  /^(?:tini|tini-static|dumb-init|docker-init|catatonit|init|systemd|s6-svscan|runit|runit-init|openrc-init|busybox|tsv|supervisord|bash)$/;

export const ZOMBIES = defineCheck({
  code: "BOOT-016",
  area: "boot",
  title: "zombies are not reaped in a container",
  repairs: ["C"],
  page: {
    symptom:
      "`ps` shows more and more processes as `<defunct>`, until the container fails with `fork: Resource temporarily unavailable`.",
    cause:
      "PID 1 has to reap processes whose parents have exited, and in this container PID 1 is a program that does not. tsv reaps the programs that it started, but not orphans of other processes.",
    repair:
      'Start the container with an init (`docker run --init`, `init: true` in a compose file), or make tsv its PID 1: `ENTRYPOINT ["/usr/bin/tsv", "daemon", "-n"]`. Both reap every orphan.',
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
        subject: "PID 1",
        symptom: `${dead.length} processes are <defunct>`,
        cause: `PID 1 (${first.name}) does not reap orphaned processes.`,
        evidence: dead.slice(0, 3).map(({ pid, name }) => `pid ${pid} (${name}) is a zombie`),
        place: null,
        repair: byHand("Start the container with an init, or with tsv as its PID 1", [
          "docker run --init …",
        ]),
      },
    ];
  },
});
