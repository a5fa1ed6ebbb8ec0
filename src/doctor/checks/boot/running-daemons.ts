// Which daemons run: two with one configuration (BOOT-010), or one outside its service (BOOT-020).

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service.ts";
import type { Situation } from "../../facts/situation.ts";
import { shellLine } from "../../repairs/commands.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { serviceError } from "./service-error.ts";

export const TWO_DAEMONS = check(
  "BOOT-010",
  "two daemons with one configuration",
  ({ config: { path }, daemons, servers, nowMs }, probe) => {
    if (path === null) return null;
    const same = daemons.filter(({ config }) => config !== null && isSamePath(config, path, probe));
    const pids = new Set(same.map(({ pid }) => pid));
    // A child of the daemon looks like the daemon until it executes its program.
    const grown = same.filter(({ pid }) => !pids.has(probe.process(pid)?.parent ?? 0));
    if (grown.length < 2) return null;
    const answering = new Set(servers.map(({ daemon }) => daemon?.pid));
    const silent = grown.filter(({ pid }) => !answering.has(pid));
    // If all of them answer, or none, doctor cannot know which one to keep.
    const ending = silent.length < grown.length ? silent : [];
    return finding("error", path, {
      symptom: "programs run twice, and their ports are in use",
      cause: `${grown.length} daemons run with ${path}.`,
      evidence: grown.map(({ pid, kind, startedMs, command }) => {
        const minutes = Math.max(0, Math.round((nowMs - startedMs) / 60_000));
        const answers = answering.has(pid) ? "answers" : "does not answer on a control server";
        const name = kind === "tsv" ? "tsv" : "Supervisor";
        return `pid ${pid}: ${name}, for ${minutes} minutes, ${answers}: ${printable(command.join(" ").slice(0, 160))}`;
      }),
      repair: byHand(
        "Stop all daemons but one; if in doubt, keep the one that answers",
        ending.length > 0
          ? ending.map(({ pid }) => `kill -TERM ${pid}`)
          : [`ps -o user,pid,ppid,lstart,args -p ${grown.map(({ pid }) => pid).join(",")}`],
      ),
    });
  },
);

export const OUTSIDE_SERVICE = check(
  "BOOT-020",
  "daemon runs outside its service",
  (situation, probe) => {
    const { service, daemon } = situation;
    const { name, init, commands } = service;
    if (daemon?.kind !== "tsv" || service.isActive !== false || commands === null) return null;
    // If the service cannot be started, BOOT-002 has to be fixed before the daemon is stopped.
    if (!isConfigOfService(situation, probe) || serviceError(service, probe) !== null) return null;
    // A failed service was meant to run: after a crash, nothing restarts the daemon.
    const isFailed = service.properties["ActiveState"] === "failed";
    return finding(isFailed ? "error" : "warning", name, {
      symptom: `${init} says that ${name} does not run, but tsv status shows a running daemon`,
      cause: "The daemon was not started by its service, so nothing restarts it when it is killed.",
      evidence: [
        `the service ${name} is not active`,
        `pid ${daemon.pid} runs with ${daemon.config}`,
      ],
      repair: byHand(
        "Stop the daemon and start the service when possible (this restarts its programs)",
        [
          // OpenRC restarts a daemon that exits, unless the state of the service was reset before.
          ...(init === "openrc" ? [shellLine(["rc-service", name, "zap"])] : []),
          "tsv shutdown",
          shellLine(commands.startByHand),
        ],
      ),
    });
  },
);

/** A daemon with another configuration is unrelated. */
function isConfigOfService({ service, daemon }: Situation, probe: Probe): boolean {
  const config = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  if (config === null || daemon === null || daemon.config === null) return false;
  return config === daemon.config || probe.realPath(config) === probe.realPath(daemon.config);
}
