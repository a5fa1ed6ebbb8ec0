// SOCK-009: the daemon is shutting down and still holds its address.

import { readConfig } from "../../facts/daemon-account.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** In addition to the stop times of programs. */
const MARGIN_SECONDS = 10;
const LONGEST_SECONDS = 120;
const MOST_NAMES = 5;

export const SHUTTING_DOWN = defineCheck({
  code: "SOCK-009",
  area: "socket",
  title: "daemon is shutting down",
  repairs: ["A"],
  page: {
    symptom:
      "`SHUTDOWN_STATE` from ctl, or `Another program is already listening on a port that one of our HTTP servers is configured to use` right after a restart.",
    cause:
      "The daemon is shutting down and waits for its programs. Each has `stopwaitsecs` to exit before it is killed. Until the last one has exited, the daemon keeps its socket, its port and its pid file, and accepts no commands.",
    repair:
      "With --fix, doctor waits until the daemon has exited, as long as its programs may take according to the configuration, at most two minutes. It kills nothing. If a program takes long to stop every time, change its `stopsignal` or lower its `stopwaitsecs`.",
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
    cause: "The daemon is shutting down and waits for its programs to exit.",
    evidence: [`the daemon (pid ${pid}) reports SHUTDOWN`, ...waiting],
    place: null,
    repair: {
      class: "A",
      advice: `Wait until it has exited, at most ${timeoutSeconds} s`,
      commands: [`tail --pid=${pid} -f /dev/null`],
      steps: [repairStep({ kind: "ended", pid, timeoutSeconds }, "is shutting down", "has exited")],
    },
  };
}

/** The maximum stop time of the programs; groups of different priority stop one after another. */
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
