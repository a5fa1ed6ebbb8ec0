// Addresses at which the daemon cannot listen: it cannot create its socket (SOCK-007), or another process listens there (SOCK-008).

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { daemonAccount, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isSamePath } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { problemFinding, problemsOf } from "../config/problems.ts";
import {
  addressKey,
  addressOf,
  answerOf,
  type Holder,
  hostProblem,
  type InetServer,
  inetHolder,
  inetServers,
  type UnixServer,
  unixHolder,
  unixServers,
} from "./addresses.ts";
import { bindProblem, isMadeByService } from "./binding.ts";

export const UNUSABLE_PATH = check("SOCK-007", (facts) => [
  unixServers(facts).map((server) => unixFinding(server, facts)),
  inetServers(facts).map((server) => lowPort(server, facts) ?? noAddress(server, facts)),
  problemsOf(facts, "SOCK-007").map((problem) => sharedAddress(problem, facts)),
]);

/** Two listeners of one configuration. */
function sharedAddress(problem: CheckProblem, facts: DoctorFacts): Finding {
  return problemFinding(problem, facts, {
    cause: "Only one socket can listen at an address.",
    repair: byHand("Give one of the two another address, or remove its section"),
  });
}

function unixFinding(server: UnixServer, facts: DoctorFacts): Finding | null {
  const { path, section } = server;
  const kind = answerOf(server, facts)?.kind;
  // If a server answers, the socket is bound. SOCK-002 reports the lost socket of a running daemon.
  const isThere = ["answers", "unauthorized", "silent", "denied"];
  if (kind !== undefined && isThere.includes(kind)) return null;
  if (listenersAt(path, facts.probe).length > 0) return null;
  const problem = bindProblem(server, facts);
  // A stale socket of another user is reported as SOCK-003.
  if (problem === null || problem.isStale || isMadeByService(problem, facts)) return null;
  const { symptom, cause, evidence, repair } = problem;
  const place = optionPlace(facts.config, section, "file");
  return finding("error", path, { symptom, cause, evidence, place, repair: repair() });
}

/** Only root can listen there, or a daemon with the capability. */
function lowPort(server: InetServer, facts: DoctorFacts): Finding | null {
  const { section, port } = server;
  const { uid } = daemonAccount(facts);
  if (port >= 1024 || uid === 0 || answerOf(server, facts)?.kind !== "refused") return null;
  if (facts.service.file?.text.includes("CAP_NET_BIND_SERVICE") === true) return null;
  const least = facts.probe.readText("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  if (least !== null && port >= Number(least.trim())) return null;
  return finding("error", `port ${port}`, {
    symptom: "Cannot open an HTTP server: socket.error reported errno.EACCES (13)",
    cause: "Only root is allowed to listen on ports below 1024.",
    evidence: [`the daemon runs as ${userName(uid, facts.probe)}, and the port is ${port}`],
    place: optionPlace(facts.config, section, "port"),
    repair: byHand("Choose a port of 1024 or above, also in serverurl of [supervisorctl]"),
  });
}

/** Its interface, name or kind of address is not there. */
function noAddress(server: InetServer, facts: DoctorFacts): Finding | null {
  const problem = hostProblem(server, facts);
  if (problem === null) return null;
  const address = addressOf(server);
  const { detail = "" } = answerOf(server, facts) ?? {};
  return finding("error", address, {
    symptom: printable(`cannot listen on ${address}`),
    cause: printable(problem),
    evidence: [detail === "" ? null : printable(`a connection to it fails: ${detail}`)],
    place: optionPlace(facts.config, server.section, "port"),
    repair: byHand("Write an address of this host, or remove the section", ["ip -brief address"]),
  });
}

const SYMPTOM =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.";

export const HELD_ADDRESS = check("SOCK-008", (facts) => [
  unixServers(facts).map((server) => heldBy(server, unixHolder(server, facts), facts)),
  inetServers(facts).map((server) => heldBy(server, inetHolder(server, facts), facts)),
]);

function heldBy(server: ServerConfig, holder: Holder | null, facts: DoctorFacts): Finding | null {
  if (holder === null) return null;
  const address = addressOf(server);
  const { kind, daemon } = answerOf(server, facts) ?? {};
  const isRunning = facts.daemon !== null && facts.daemon.pid !== holder.pid;
  return finding("error", address, {
    symptom: SYMPTOM,
    cause: `${nameOf(holder)} listens on ${address}${isRunning ? ", so this daemon cannot be restarted" : ""}.`,
    evidence: [
      holder.text,
      kind === "answers" && daemon
        ? `it answers as ${daemon.isTsv ? "tsv" : `Supervisor ${daemon.version}`}`
        : null,
    ],
    place: optionPlace(facts.config, server.section, addressKey(server)),
    repair: repairOf(server, holder, facts),
  });
}

function nameOf({ daemon }: Holder): string {
  if (daemon === null) return "Another program";
  return daemon.kind === "tsv" ? "Another tsv daemon" : "Supervisor's supervisord";
}

function repairOf(server: ServerConfig, { pid, daemon }: Holder, facts: DoctorFacts): Repair {
  const { config, service, probe } = facts;
  const other = `give this server another ${server.kind === "unix" ? "path" : "port"}`;
  if (pid === null) {
    const filter = server.kind === "inet" ? `-tlnp 'sport = :${server.port}'` : "-xlp";
    return byHand(`Find the process, then stop it or ${other}`, [`sudo ss ${filter}`]);
  }
  const answered = answerOf(server, facts)?.daemon ?? null;
  // Never a command that stops a daemon, which may be the right one.
  if (daemon === null && answered !== null) {
    return byHand(`Find out what process ${pid} runs, or ${other}`, [`ps -fp ${pid}`]);
  }
  if (daemon === null) {
    return byHand(`Stop process ${pid}, or ${other}`, [`ps -fp ${pid}`, `kill ${pid}`]);
  }
  const theirs = daemon.config;
  // It may be the right daemon, started by an unexpected user: no command to stop it is suggested.
  if (theirs !== null && config.path !== null && isSamePath(theirs, config.path, probe)) {
    return byHand(`Check who started it, since it uses this configuration, or ${other}`, [
      `ps -o user,pid,lstart,args -p ${pid}`,
      `tsv status -c ${shellWord(config.path)}`,
    ]);
  }
  // Supervisor's own service, if it started that process.
  const [first, ...more] = service.supervisors.services.filter(({ isRunning }) => isRunning);
  const isUnit = hasUnits(service.init) && probe.process(pid)?.parent === 1;
  const isService = isUnit && first !== undefined && more.length === 0;
  return byHand(
    `Check what that daemon runs, then stop it (this stops its programs), or ${other}`,
    [
      ...(theirs === null ? [] : [`tsv status -c ${shellWord(theirs)}`]),
      isService ? `systemctl disable --now ${shellWord(first.name)}.service` : `kill ${pid}`,
    ],
  );
}
