// SOCK-009: the daemon is on its way down and still has its address.

import { readConfig } from "../../facts/daemon-account.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** Beside what programs may take. */
const MARGIN_SECONDS = 10;
const LONGEST_SECONDS = 120;
const MOST_NAMES = 5;

export const SHUTTING_DOWN = defineCheck({
  code: "SOCK-009",
  area: "socket",
  title: "daemon that is shutting down",
  page: {
    symptom:
      "`SHUTDOWN_STATE` from ctl, or `Another program is already listening on a port that one of our HTTP servers is configured to use` right after a restart.",
    cause:
      "The daemon was told to shut down and waits for its programs, each of which has `stopwaitsecs` to end before it is killed. Until the last is gone the daemon keeps its socket, its port and its pid file, and takes no commands.",
    repair:
      "With --fix doctor waits until it has ended, as long as the programs may take by their configuration, two minutes at most. Nothing is killed. A program that takes long to stop each time needs another `stopsignal` or a shorter `stopwaitsecs`.",
  },
  look(situation) {
    const { daemon, servers } = situation;
    const own = servers.find((one) => daemon !== null && one.daemon?.pid === daemon.pid);
    if (daemon === null || own?.daemon?.stateName !== "SHUTDOWN") return [];
    return [shuttingDown(daemon, situation)];
  },
});

function shuttingDown(daemon: RunningDaemon, situation: Situation): Finding {
  const { pid } = daemon;
  const up = (situation.programs ?? []).filter(({ pid: of }) => of > 0);
  const names = up
    .slice(0, MOST_NAMES)
    .map(({ group, name, pid: of }) => `${group}:${name} (pid ${of})`);
  const more = up.length > MOST_NAMES ? ` and ${up.length - MOST_NAMES} more` : "";
  const waiting = up.length === 0 ? [] : [`it waits for ${names.join(", ")}${more}`];
  const timeoutSeconds = patience(situation);
  return {
    severity: "warning",
    subject: `pid ${pid}`,
    symptom: "supervisor shutting down: SHUTDOWN_STATE",
    cause: "The daemon was told to shut down and waits for its programs to end.",
    evidence: [`the daemon, pid ${pid}, says SHUTDOWN`, ...waiting],
    place: null,
    repair: {
      class: "A",
      advice: `Wait until it has ended, ${timeoutSeconds} s at most`,
      commands: [`tail --pid=${pid} -f /dev/null`],
      steps: [repairStep({ kind: "ended", pid, timeoutSeconds }, "is shutting down", "has ended")],
    },
  };
}

/** As long as the slowest program may take; groups of different priority stop one after another. */
function patience(situation: Situation): number {
  const groups = readConfig(situation)?.groups ?? [];
  const slowest = new Map<number, number>();
  for (const { priority, processes } of groups) {
    const longest = processes.reduce((most, { stopWaitSecs }) => Math.max(most, stopWaitSecs), 0);
    slowest.set(priority, Math.max(slowest.get(priority) ?? 0, longest));
  }
  const sum = Array.from(slowest.values()).reduce((all, one) => all + one, 0);
  return Math.min(Math.ceil(sum) + MARGIN_SECONDS, LONGEST_SECONDS);
}
