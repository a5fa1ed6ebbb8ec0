// The file of a socket: lost (SOCK-002), stale (SOCK-003), or on a file system that does not support sockets (SOCK-011).

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { daemonAccount, ownership, userName } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { DoctorFacts, RunningDaemon } from "../../facts/doctor-facts.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { makeDirectories } from "../missing-directories.ts";
import {
  answerOf,
  isPrivateTmp,
  lacksSockets,
  TEMPORARY,
  type UnixServer,
  unixServers,
} from "./addresses.ts";
import { mayRemove, moveRepair, removeEmpty } from "./binding.ts";
import { signalAndWait, startCommands } from "./not-running.ts";

/** The daemon runs, but the file of its socket was removed or replaced. */
export const LOST_SOCKET = check("SOCK-002", (facts) => {
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
  if (!isLost) return null;
  const own = listenersAt(path, probe).find(({ pid }) => pid === null || pid === daemon.pid);
  // In a container, or with several indistinguishable listeners, the result is not certain.
  if (own === undefined || (isOther && own.pid === null)) return null;
  const seen = probe.look(path);
  const isGone = probe.find(path).kind === "missing";
  const isPrivate = isPrivateTmp(path, facts);
  const isInTmp = TEMPORARY.some((directory) => path.startsWith(`${directory}/`));
  return finding("error", path, {
    symptom: `unix://${path} ${isGone ? "no such file" : "refused connection"}`,
    cause: isPrivate
      ? "The service has a private directory for temporary files, in which ctl cannot find the socket."
      : `The daemon runs, but the file of its socket was ${isGone ? "removed" : "replaced"}.`,
    evidence: [
      describeDaemon(daemon, probe),
      `the kernel still lists its socket, bound to ${printable(own.address)}`,
      seen.ok ? `${path} is a ${seen.kind}, ${ownership(seen, probe)}` : `ENOENT: ${path}`,
      isPrivate ? "PrivateTmp=yes in the unit of the service" : null,
      isInTmp && !isPrivate ? `old files in ${dirname(path)} are removed: see tmpfiles.d(5)` : null,
    ],
    place: optionPlace(facts.config, section, "file"),
    repair: isPrivate ? moveRepair(server, facts) : recreation(path, daemon, facts),
  });
}

function recreation(path: string, daemon: RunningDaemon, facts: DoctorFacts): Repair {
  const { probe } = facts;
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
  const made = makeDirectories([directory], daemon, facts);
  return {
    ...made,
    advice: `${made.advice}, then make the daemon recreate its socket`,
    commands: [...made.commands, ...signal.commands],
    steps: made.class === "C" ? [] : [...made.steps, ...signal.steps],
  };
}

/** A socket file without a listener. */
export const STALE_SOCKET = check("SOCK-003", (facts) =>
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

export const NO_SOCKET_FILE_SYSTEM = check("SOCK-011", (facts) =>
  unixServers(facts).map((server) => {
    const { path, section } = server;
    const { probe } = facts;
    const isBound =
      answerOf(server, facts)?.kind === "answers" || listenersAt(path, probe).length > 0;
    if (isBound || !lacksSockets(path, probe)) return null;
    const system = probe.fileSystem(dirname(path));
    return finding("error", path, {
      symptom: "Cannot open an HTTP server: socket.error reported errno.EPERM (1)",
      cause: "The path of the socket is on a file system that does not support sockets.",
      evidence: [`${system?.mountPoint} is of type ${system?.type}`],
      place: optionPlace(facts.config, section, "file"),
      repair: moveRepair(server, facts),
    });
  }),
);
