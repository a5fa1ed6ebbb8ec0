// BOOT-010: two daemons run with one configuration, so its programs run twice.

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
  repairs: ["C"],
  page: {
    symptom:
      "Programs run twice, ports are in use (`Address already in use`), and `tsv stop` stops only one of two processes; the other one restarts.",
    cause:
      "A second daemon was started with the same configuration while the first could not be reached, in most cases because its socket in `/tmp` had been deleted. tsv prevents this with a lock on its pid file. Supervisor does not, and neither does a tsv daemon whose pid file was deleted, too.",
    repair:
      "Decide which daemon to stop: each runs programs. Doctor lists both with their age, says which one answers on the control socket, and prints the commands. On `kill -TERM`, a daemon stops its programs before it exits.",
  },
  look(situation, probe) {
    const { config, daemons } = situation;
    if (config.path === null) return [];
    const same = daemons.filter((one) => isOfConfig(one, config.path ?? "", probe));
    const pids = new Set(same.map(({ pid }) => pid));
    // A child of the daemon looks like the daemon until it executes its program.
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
  // If all of them answer, or none, doctor cannot know which one to keep.
  const going = silent.length < daemons.length ? silent : [];
  return {
    severity: "error",
    subject: config.path ?? "configuration",
    symptom: "programs run twice, and their ports are in use",
    cause: `${daemons.length} daemons run with ${config.path}.`,
    evidence: described,
    place: null,
    repair: byHand(
      "Stop all daemons but one; if in doubt, keep the one that answers",
      going.length > 0
        ? going.map(({ pid }) => `kill -TERM ${pid}`)
        : [`ps -o user,pid,ppid,lstart,args -p ${daemons.map(({ pid }) => pid).join(",")}`],
    ),
  };
}
