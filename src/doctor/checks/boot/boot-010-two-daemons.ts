// BOOT-010: two daemons run with one configuration, and with its programs twice.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/same-path.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const TWO_DAEMONS = defineCheck({
  code: "BOOT-010",
  area: "boot",
  title: "two daemons with one configuration",
  page: {
    symptom:
      "Programs run twice, ports are taken (`Address already in use`), and `tsv stop` stops one of the two; the other one comes back by itself.",
    cause:
      "A second daemon was started with the same configuration while the first could not be reached, mostly because its socket had been deleted from `/tmp`. tsv refuses that by a lock on its pid file; Supervisor does not, and neither does a daemon whose pid file was deleted, too.",
    repair:
      "Which of them should go only you can say: each runs programs. Doctor names both with their age, tells which one answers on the control socket, and prints the commands. `kill -TERM` has a daemon stop its programs before it ends.",
  },
  look(situation, probe) {
    const { config, daemons } = situation;
    if (config.path === null) return [];
    const same = daemons.filter((one) => isOfConfig(one, config.path ?? "", probe));
    const pids = new Set(same.map(({ pid }) => pid));
    // A program that is about to be started looks for a moment like the daemon that starts it.
    const grown = same.filter(({ pid }) => !pids.has(probe.process(pid)?.parent ?? 0));
    return grown.length < 2 ? [] : [finding(grown, situation)];
  },
});

function isOfConfig({ config }: RunningDaemon, path: string, probe: Probe): boolean {
  return config !== null && isSamePath(config, path, probe);
}

function finding(
  daemons: readonly RunningDaemon[],
  { config, servers, nowMs }: Situation,
): Finding {
  const answering = new Set(servers.flatMap(({ daemon }) => (daemon === null ? [] : [daemon.pid])));
  const described = daemons.map(({ pid, kind, startedMs, command }) => {
    const minutes = Math.max(0, Math.round((nowMs - startedMs) / 60_000));
    const answers = answering.has(pid) ? ", answers" : ", does not answer on a control server";
    const name = kind === "tsv" ? "tsv" : "Supervisor";
    return `pid ${pid}: ${name}, for ${minutes} minutes${answers}: ${printable(command.join(" ").slice(0, 160))}`;
  });
  const silent = daemons.filter(({ pid }) => !answering.has(pid));
  // Which one is meant is not known where all of them answer, or none.
  const going = silent.length < daemons.length ? silent : [];
  return {
    severity: "error",
    subject: config.path ?? "configuration",
    symptom: "programs run twice, and their ports are taken",
    cause: `${daemons.length} daemons run with ${config.path}.`,
    evidence: described,
    place: null,
    repair: byHand(
      "Stop all daemons but one: those that cannot be reached, if in doubt",
      going.length > 0
        ? going.map(({ pid }) => `kill -TERM ${pid}`)
        : [`ps -o user,pid,ppid,lstart,args -p ${daemons.map(({ pid }) => pid).join(",")}`],
    ),
  };
}
