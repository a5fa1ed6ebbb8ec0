// SOCK-002: the daemon runs, but the file of its socket was removed or replaced.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { accountOf, daemonAccount, ownership, userName } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { Probe } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand, directoryStep, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import {
  answerOf,
  isPrivateTmp,
  lacksSockets,
  mayRemove,
  TEMPORARY,
  type UnixServer,
  unixServers,
} from "./addresses.ts";
import { moveRepair } from "./bind-repairs.ts";
import { startCommands } from "./not-running.ts";

const ANSWER_SECONDS = 10;

export const LOST_SOCKET = check(
  "SOCK-002",
  "daemon runs but its socket is gone",
  (situation, probe) => {
    const { daemon } = situation;
    if (daemon === null) return [];
    return unixServers(situation).flatMap((server) => lostAt(server, daemon, situation, probe));
  },
);

function lostAt(
  server: UnixServer,
  daemon: RunningDaemon,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const { path, section } = server;
  const answer = answerOf(server, situation);
  const isOther = answer?.kind === "answers" && answer.daemon?.pid !== daemon.pid;
  const isLost =
    answer?.kind === "missing" ||
    answer?.kind === "refused" ||
    answer?.kind === "failed" ||
    isOther;
  if (!isLost || isPrivateTmp(path, situation)) return [];
  const listeners = listenersAt(path, probe);
  const own = listeners.find(({ pid }) => pid === null || pid === daemon.pid);
  if (own === undefined) return [];
  // In a container, or with several indistinguishable listeners, the result is not certain.
  if (isOther && own.pid === null) return [];
  const found = probe.find(path);
  const seen = probe.look(path);
  const what = seen.ok ? `${path} is a ${seen.kind}, ${ownership(seen, probe)}` : `ENOENT: ${path}`;
  const gone = found.kind === "missing";
  return [
    finding("error", path, {
      symptom: `unix://${path} ${gone ? "no such file" : "refused connection"}`,
      cause: `The daemon runs, but the file of its socket was ${gone ? "removed" : "replaced"}.`,
      evidence: [
        describeDaemon(daemon, probe),
        `the kernel still lists its socket, bound to ${printable(own.address)}`,
        what,
      ],
      place: optionPlace(situation.config, section, "file"),
      repair: repairOf(server, daemon, situation, probe),
    }),
  ];
}

function repairOf(
  { path }: UnixServer,
  daemon: RunningDaemon,
  situation: Situation,
  probe: Probe,
): Repair {
  const kill = `kill -USR2 ${daemon.pid}`;
  if (daemon.kind === "supervisor") {
    return {
      class: "C",
      advice:
        "Restart Supervisor (this restarts its programs); it creates its socket only at start, unlike tsv",
      commands: [`kill -HUP ${daemon.pid}`],
      steps: [],
    };
  }
  const advice = "Make the daemon recreate its socket";
  const signal = repairStep(
    {
      kind: "signal",
      pid: daemon.pid,
      startTicks: daemon.startTicks,
      signal: "SIGUSR2",
      what: "recreate its socket",
    },
    "no socket",
    "socket recreated",
  );
  const wait = repairStep(
    { kind: "answer", server: `unix://${path}`, timeoutSeconds: ANSWER_SECONDS },
    "no answer",
    "answers",
  );
  const found = probe.find(path);
  const seen = probe.look(path);
  const isSocket = found.kind === "other" && seen.ok && seen.kind === "socket";
  if (found.kind !== "missing" && !isSocket) {
    const isEmpty = found.kind === "file" && seen.ok && seen.bytes === 0;
    const moving = `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
    if (!isEmpty) {
      const first = `Move away ${path}, then make the daemon recreate its socket`;
      return byHand(first, [moving, kill]);
    }
    const remove = { kind: "remove", path, what: "empty file" } as const;
    const steps = [repairStep(remove, "an empty file", "removed"), signal, wait];
    return { class: "B", advice, commands: [`rm ${shellWord(path)}`, kill], steps };
  }
  const made = directorySteps(path, daemon, probe);
  if (made === null) {
    const first = `Create the directory ${dirname(path)}, then make the daemon recreate its socket`;
    return byHand(first, [`mkdir -p ${shellWord(dirname(path))}`, kill]);
  }
  const isOwn = made.length === 0 || dirname(path) === situation.service.layout.runDirectory;
  const commands = [...(made.length === 0 ? [] : [`mkdir ${shellWord(dirname(path))}`]), kill];
  return { class: isOwn ? "A" : "B", advice, commands, steps: [...made, signal, wait] };
}

/** null: more than the last directory is missing. */
function directorySteps(
  path: string,
  { uid }: RunningDaemon,
  probe: Probe,
): readonly PlannedStep[] | null {
  const directory = dirname(path);
  if (probe.look(directory).ok) return [];
  if (!probe.look(dirname(directory)).ok) return null;
  const gid = accountOf(uid, probe).gids[0] ?? 0;
  return [directoryStep(directory, { mode: 0o755, uid, gid }, probe)];
}

// SOCK-003: a socket file without a listener.

export const STALE_SOCKET = check("SOCK-003", "stale socket", (situation, probe) => {
  if (situation.daemon !== null) return [];
  return unixServers(situation).flatMap((server) => staleAt(server, situation, probe));
});

function staleAt(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, section } = server;
  const answer = answerOf(server, situation);
  const isDead = answer?.kind === "refused" || answer?.kind === "denied";
  if (!isDead || probe.find(path).kind !== "other") return [];
  const found = probe.look(path);
  if (!found.ok || found.kind !== "socket") return [];
  if (listenersAt(path, probe).length > 0) return [];
  const account = daemonAccount(situation, probe);
  const isInTheWay = !mayRemove(path, account, probe);
  const who = userName(account.uid, probe);
  const refused = answer?.kind === "refused" ? ["ECONNREFUSED"] : [];
  return [
    finding("error", path, {
      symptom: `unix://${path} refused connection`,
      cause: `A daemon exited without removing its socket, and nothing listens on it.${isInTheWay ? ` The daemon runs as ${who}, which has no permission to remove it, so it cannot start.` : ""}`,
      evidence: [
        `${path} is a socket, ${ownership(found, probe)}`,
        ...refused,
        "the kernel's list has no socket of that path, and no daemon runs with this configuration",
      ],
      place: optionPlace(situation.config, section, "file"),
      repair: {
        class: "A",
        advice: "Remove the stale socket",
        commands: [`rm ${shellWord(path)}`, ...startCommands(situation)],
        steps: [
          repairStep({ kind: "remove-stale", path }, "a socket without a listener", "removed"),
        ],
      },
    }),
  ];
}

// SOCK-010: a control socket in a directory for temporary files.

export const SOCKET_IN_TMP = check(
  "SOCK-010",
  "socket in a directory for temporary files",
  (situation, probe) => {
    return unixServers(situation).flatMap((server) => {
      const place = TEMPORARY.find((directory) => server.path.startsWith(`${directory}/`));
      return place === undefined ? [] : [temporary(server, place, situation, probe)];
    });
  },
);

function temporary(server: UnixServer, place: string, situation: Situation, probe: Probe): Finding {
  const { path, section } = server;
  const isPrivate = isPrivateTmp(path, situation);
  const age = situation.service.init === "systemd" ? ageOf(place, probe) : null;
  const isEndangered = age !== null && situation.daemon?.kind === "supervisor";
  const severity: Severity = isPrivate ? "error" : isEndangered ? "warning" : "info";
  return finding(severity, path, {
    symptom: isPrivate
      ? `unix://${path} no such file`
      : `a cleanup can delete the socket; then ctl reports: unix://${path} no such file`,
    cause: isPrivate
      ? `The service has a private ${place}, in which ctl cannot find the socket.`
      : `Cleaners remove old files from ${place}, and any user can create something at the path first.`,
    evidence: [
      ...(isPrivate ? ["PrivateTmp=yes in the unit of the service"] : []),
      ...(age === null ? [] : [`systemd removes files older than ${age} from ${place}`]),
      ...(isEndangered
        ? [
            "cleaners consider Supervisor's socket stale, because the kernel lists it under another name",
          ]
        : []),
    ],
    place: optionPlace(situation.config, section, "file"),
    repair: moveRepair(server, situation, probe),
  });
}

/** The age of tmpfiles.d(5) for a directory; a file in /etc overrides the distribution's file of the same name. */
function ageOf(place: string, probe: Probe): string | null {
  const texts = ["/etc/tmpfiles.d/tmp.conf", "/usr/lib/tmpfiles.d/tmp.conf"];
  const text = texts.map((path) => probe.readText(path)).find((one) => one !== null) ?? "";
  for (const line of text.split("\n")) {
    const [kind = "", path, , , , age = "-"] = line.trim().split(/\s+/);
    if (/^[dDqQvVeC][!+-]?$/.test(kind) && path === place && age !== "-") return age;
  }
  return null;
}

// SOCK-011: a control socket on a file system that does not support sockets.

const NETWORK = ["nfs", "nfs4"];

export const NO_SOCKET_FILE_SYSTEM = check(
  "SOCK-011",
  "file system does not support sockets",
  (situation, probe) => {
    return unixServers(situation).flatMap((server) => unsupported(server, situation, probe));
  },
);

function unsupported(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, section } = server;
  const system = probe.fileSystem(dirname(path));
  if (system === null) return [];
  const answer = answerOf(server, situation)?.kind;
  const isBound = answer === "answers" || listenersAt(path, probe).length > 0;
  const isLacking = lacksSockets(path, probe) && !isBound;
  if (!isLacking && !NETWORK.includes(system.type)) return [];
  const where = `${system.mountPoint} is of type ${system.type}`;
  return [
    finding(isLacking ? "error" : "info", path, {
      symptom: isLacking
        ? "Cannot open an HTTP server: socket.error reported errno.EPERM (1)"
        : `unix://${path} refused connection, from other machines`,
      cause: isLacking
        ? "The path of the socket is on a file system that does not support sockets."
        : "The socket is on a network file system and works only on one machine.",
      evidence: [where],
      place: optionPlace(situation.config, section, "file"),
      repair: moveRepair(server, situation, probe),
    }),
  ];
}
