// The file of a socket: lost (SOCK-002), stale (SOCK-003), in a directory for temporary files (SOCK-010), or on a file system that
// does not support sockets (SOCK-011).

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { accountOf, daemonAccount, ownership, userName } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { DoctorFacts, RunningDaemon } from "../../facts/doctor-facts.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { temporaryFiles } from "../system-files.ts";
import {
  answerOf,
  isPrivateTmp,
  lacksSockets,
  mayRemove,
  TEMPORARY,
  type UnixServer,
  unixServers,
} from "./addresses.ts";
import { signalAndWait, startCommands } from "./not-running.ts";
import { moveRepair, removeEmpty } from "./unusable-address.ts";

/** The daemon runs, but the file of its socket was removed or replaced. */
export const LOST_SOCKET = check("SOCK-002", "daemon runs but its socket is gone", (facts) => {
  const { daemon } = facts;
  if (daemon === null) return null;
  return unixServers(facts).map((server) => lostAt(server, daemon, facts));
});

function lostAt(server: UnixServer, daemon: RunningDaemon, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const { path, section } = server;
  const answer = answerOf(server, facts);
  const isOther = answer?.kind === "answers" && answer.daemon?.pid !== daemon.pid;
  const isLost = ["missing", "refused", "failed"].includes(answer?.kind ?? "") || isOther;
  if (!isLost || isPrivateTmp(path, facts)) return null;
  const own = listenersAt(path, probe).find(({ pid }) => pid === null || pid === daemon.pid);
  // In a container, or with several indistinguishable listeners, the result is not certain.
  if (own === undefined || (isOther && own.pid === null)) return null;
  const seen = probe.look(path);
  const isGone = probe.find(path).kind === "missing";
  return finding("error", path, {
    symptom: `unix://${path} ${isGone ? "no such file" : "refused connection"}`,
    cause: `The daemon runs, but the file of its socket was ${isGone ? "removed" : "replaced"}.`,
    evidence: [
      describeDaemon(daemon, probe),
      `the kernel still lists its socket, bound to ${printable(own.address)}`,
      seen.ok ? `${path} is a ${seen.kind}, ${ownership(seen, probe)}` : `ENOENT: ${path}`,
    ],
    place: optionPlace(facts.config, section, "file"),
    repair: recreation(path, daemon, facts),
  });
}

function recreation(path: string, daemon: RunningDaemon, { service, probe }: DoctorFacts): Repair {
  if (daemon.kind === "supervisor") {
    return byHand(
      "Restart Supervisor (this restarts its programs); it creates its socket only at start, unlike tsv",
      [`kill -HUP ${daemon.pid}`],
    );
  }
  const advice = "Make the daemon recreate its socket";
  const signal = signalAndWait("A", daemon, "SIGUSR2", `unix://${path}`, {
    what: "recreate its socket",
    now: "no socket",
    will: "socket recreated",
  });
  const found = probe.find(path);
  const seen = probe.look(path);
  const isSocket = found.kind === "other" && seen.ok && seen.kind === "socket";
  if (found.kind !== "missing" && !isSocket) {
    const isEmpty = found.kind === "file" && seen.ok && seen.bytes === 0;
    return isEmpty
      ? repair(advice, removeEmpty(path, "an empty file"), signal)
      : byHand(`Move away ${path}, then make the daemon recreate its socket`, [
          `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
          ...signal.commands,
        ]);
  }
  const directory = dirname(path);
  if (probe.look(directory).ok) return repair(advice, signal);
  if (!probe.look(dirname(directory)).ok) {
    return byHand(`Create the directory ${directory}, then make the daemon recreate its socket`, [
      `mkdir -p ${shellWord(directory)}`,
      ...signal.commands,
    ]);
  }
  const gid = accountOf(daemon.uid, probe).gids[0] ?? 0;
  const as = directory === service.layout.runDirectory ? "A" : "B";
  const making = fix.directory(as, directory, { mode: 0o755, uid: daemon.uid, gid }, probe);
  return repair(advice, making, signal);
}

/** A socket file without a listener. */
export const STALE_SOCKET = check("SOCK-003", "stale socket", (facts) =>
  facts.daemon === null ? unixServers(facts).map((server) => staleAt(server, facts)) : null,
);

function staleAt(server: UnixServer, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const { path, section } = server;
  const kind = answerOf(server, facts)?.kind;
  if ((kind !== "refused" && kind !== "denied") || probe.find(path).kind !== "other") return null;
  const found = probe.look(path);
  if (!found.ok || found.kind !== "socket" || listenersAt(path, probe).length > 0) return null;
  const account = daemonAccount(facts);
  const hindrance = mayRemove(path, account, probe)
    ? ""
    : ` The daemon runs as ${userName(account.uid, probe)}, which has no permission to remove it, so it cannot start.`;
  return finding("error", path, {
    symptom: `unix://${path} refused connection`,
    cause: `A daemon exited without removing its socket, and nothing listens on it.${hindrance}`,
    evidence: [
      `${path} is a socket, ${ownership(found, probe)}`,
      kind === "refused" ? "ECONNREFUSED" : null,
      "the kernel's list has no socket of that path, and no daemon runs with this configuration",
    ],
    place: optionPlace(facts.config, section, "file"),
    repair: repair(
      "Remove the stale socket",
      fix.removeStale("A", path, "a socket without a listener"),
      fix.also(...startCommands(facts)),
    ),
  });
}

export const SOCKET_IN_TMP = check(
  "SOCK-010",
  "socket in a directory for temporary files",
  (facts) =>
    unixServers(facts).map((server) => {
      const place = TEMPORARY.find((directory) => server.path.startsWith(`${directory}/`));
      return place === undefined ? null : temporary(server, place, facts);
    }),
);

function temporary(server: UnixServer, place: string, facts: DoctorFacts): Finding {
  const { path, section } = server;
  const isPrivate = isPrivateTmp(path, facts);
  const rules = hasUnits(facts.service.init) ? temporaryFiles(facts.probe) : [];
  const age = rules.find(({ path: aged }) => aged === place)?.age ?? null;
  const isEndangered = age !== null && facts.daemon?.kind === "supervisor";
  return finding(isPrivate ? "error" : isEndangered ? "warning" : "info", path, {
    symptom: isPrivate
      ? `unix://${path} no such file`
      : `a cleanup can delete the socket; then ctl reports: unix://${path} no such file`,
    cause: isPrivate
      ? `The service has a private ${place}, in which ctl cannot find the socket.`
      : `Cleaners remove old files from ${place}, and any user can create something at the path first.`,
    evidence: [
      isPrivate ? "PrivateTmp=yes in the unit of the service" : null,
      age === null ? null : `systemd removes files older than ${age} from ${place}`,
      isEndangered
        ? "cleaners consider Supervisor's socket stale, because the kernel lists it under another name"
        : null,
    ],
    place: optionPlace(facts.config, section, "file"),
    repair: moveRepair(server, facts),
  });
}

const NETWORK = ["nfs", "nfs4"];

export const NO_SOCKET_FILE_SYSTEM = check(
  "SOCK-011",
  "file system does not support sockets",
  (facts) =>
    unixServers(facts).map((server) => {
      const { path, section } = server;
      const system = facts.probe.fileSystem(dirname(path));
      if (system === null) return null;
      const isBound =
        answerOf(server, facts)?.kind === "answers" || listenersAt(path, facts.probe).length > 0;
      const isLacking = lacksSockets(path, facts.probe) && !isBound;
      if (!isLacking && !NETWORK.includes(system.type)) return null;
      return finding(isLacking ? "error" : "info", path, {
        symptom: isLacking
          ? "Cannot open an HTTP server: socket.error reported errno.EPERM (1)"
          : `unix://${path} refused connection, from other machines`,
        cause: isLacking
          ? "The path of the socket is on a file system that does not support sockets."
          : "The socket is on a network file system and works only on one machine.",
        evidence: [`${system.mountPoint} is of type ${system.type}`],
        place: optionPlace(facts.config, section, "file"),
        repair: moveRepair(server, facts),
      });
    }),
);
