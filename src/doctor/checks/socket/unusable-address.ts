// Addresses at which the daemon cannot listen: it cannot create its socket (SOCK-007), or another process listens there (SOCK-008);
// and the repairs that let it create a socket: another path, a directory, or the removal of a file.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import {
  daemonAccount,
  describePathProblem,
  ownership,
  readConfig,
  userName,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isSamePath, type Probe } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Fix, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { describeChanges, type OptionChange, optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { makeDirectories } from "../missing-directories.ts";
import {
  addressKey,
  addressOf,
  answerOf,
  type BindProblem,
  bindProblem,
  type Holder,
  hostProblem,
  type InetServer,
  inetHolder,
  inetServers,
  type UnixServer,
  unixHolder,
  unixServers,
} from "./addresses.ts";

export const UNUSABLE_PATH = check("SOCK-007", (facts) => [
  unixServers(facts).map((server) => unixFinding(server, facts)),
  inetServers(facts).map((server) => lowPort(server, facts) ?? noAddress(server, facts)),
]);

function unixFinding(server: UnixServer, facts: DoctorFacts): Finding | null {
  const { path, section } = server;
  const kind = answerOf(server, facts)?.kind;
  // If a server answers, the socket is bound. SOCK-002 reports the lost socket of a running daemon.
  const isThere = ["answers", "unauthorized", "silent", "denied"];
  if (kind !== undefined && isThere.includes(kind)) return null;
  if (listenersAt(path, facts.probe).length > 0) return null;
  const problem = bindProblem(server, facts);
  if (problem === null || isMadeByService(problem, facts)) return null;
  // A stale socket of another user is reported as SOCK-003.
  if (problem.kind === "theirs" && problem.path === path) return null;
  return finding("error", path, {
    ...describe(problem, facts),
    place: optionPlace(facts.config, section, "file"),
    repair: bindRepair(problem, server, facts),
  });
}

function describe(
  problem: BindProblem,
  facts: DoctorFacts,
): Pick<Finding, "symptom" | "cause" | "evidence"> {
  const { probe } = facts;
  const opening = "Cannot open an HTTP server: socket.error reported";
  switch (problem.kind) {
    case "too-long":
      return {
        symptom: `${opening} AF_UNIX path too long`,
        cause: "The path of the socket is longer than the kernel allows.",
        evidence: [`it has ${problem.bytes} bytes; the maximum is ${problem.most}`],
      };
    case "occupied":
      return {
        symptom: `${opening} errno.EEXIST (17)`,
        cause: `The path of the socket is occupied by something that is not a socket. tsv does not remove it, because it may contain data.`,
        evidence: [printable(`${problem.path} is ${problem.what}${owned(problem.path, probe)}`)],
      };
    case "theirs":
      return {
        symptom: `${opening} errno.EACCES (13)`,
        cause: problem.isKept
          ? "The path of the socket's lock file is occupied by another user's file, which is locked or not a lock file."
          : "The lock file of the socket belongs to another user; often the daemon once ran as root.",
        evidence: [
          `${problem.path} is a file${owned(problem.path, probe)}; the daemon runs as ${daemonName(facts)}`,
        ],
      };
    case "directory": {
      const { errno, path } = problem.pathProblem;
      const numbers: Readonly<Record<string, number>> = {
        ENOENT: 2,
        EACCES: 13,
        ENOTDIR: 20,
        EROFS: 30,
      };
      const number = numbers[errno];
      const { uid } = daemonAccount(facts);
      return {
        symptom: `${opening} errno.${errno}${number === undefined ? "" : ` (${number})`}`,
        cause: `The daemon runs as ${daemonName(facts)} and cannot create a file in the directory of its socket.`,
        evidence: [
          describePathProblem(problem.pathProblem, uid, probe),
          ...(isMadeForRoot(path, facts)
            ? [`the service creates ${path} for root at each start`]
            : []),
        ],
      };
    }
  }
}

function owned(path: string, probe: Probe): string {
  const seen = probe.look(path);
  return seen.ok ? `, ${ownership(seen, probe)}` : "";
}

function daemonName(facts: DoctorFacts): string {
  return userName(daemonAccount(facts).uid, facts.probe);
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

/**
 * The repair that moves the control socket to tsv's runtime directory.
 * @remarks A running daemon keeps its old socket until it is restarted, and ctl could not connect. In that case the repair is
 * manual, because a restart interrupts programs.
 */
export function moveRepair(server: UnixServer, facts: DoctorFacts): Repair {
  const { config, daemon, service, probe } = facts;
  const { socket } = service.layout;
  if (socket === server.path) return byHand("Choose another path for the socket");
  const changes = socketChanges(server, socket, facts);
  const advice = `Move the socket to ${socket}`;
  return daemon === null
    ? repair(advice, fix.options(config, changes, probe))
    : byHand(
        `${advice}, then restart the daemon, which restarts its programs`,
        describeChanges(config, changes),
      );
}

/** Both sections if ctl uses this socket, otherwise only that of the server. */
function socketChanges(
  server: UnixServer,
  path: string,
  { config }: DoctorFacts,
): readonly OptionChange[] {
  const value = path.replaceAll("%", "%%");
  const file = { section: server.section, key: "file", value };
  const isCtls = config.ctl?.serverUrl === `unix://${server.path}`;
  const ctl = { section: "supervisorctl", key: "serverurl", value: `unix://${value}` };
  return isCtls ? [file, ctl] : [file];
}

// The runtime directory of the service, which its unit or script creates at each start: for root, if the unit has no User=.

/** Whether the only error is that the directory is missing, and the next start creates it. */
export function isMadeByService(problem: BindProblem, facts: DoctorFacts): boolean {
  const { service, probe } = facts;
  if (problem.kind !== "directory" || problem.pathProblem.errno !== "ENOENT") return false;
  const { runDirectory } = service.layout;
  const isMissing = problem.pathProblem.path === runDirectory;
  const isMade = isMissing && service.file !== null && probe.look(dirname(runDirectory)).ok;
  return isMade && !isMadeForRoot(runDirectory, facts);
}

/** Whether the service gives this directory to root at each start, although the daemon becomes another user. */
export function isMadeForRoot(directory: string, facts: DoctorFacts): boolean {
  const { service, probe } = facts;
  if (service.file === null || service.scope !== "system") return false;
  const { uid } = daemonAccount(facts);
  const user = service.properties["User"] ?? "";
  const isTheirs = user !== "" && probe.user(user)?.uid === uid;
  return uid !== 0 && !isTheirs && directory === service.layout.runDirectory;
}

/** Moves socket and pid file to a directory of the daemon's user that no start and no boot changes. */
function ownRunDirectory(server: UnixServer, facts: DoctorFacts): Repair {
  const { config, daemon, service, probe } = facts;
  const { runDirectory, stateDirectory, socket, pidfile } = service.layout;
  const directory = `${stateDirectory}/run`;
  const moved = (path: string): string => `${directory}${path.slice(runDirectory.length)}`;
  const pidPath = readConfig(facts)?.daemon.pidfile ?? "";
  const changes: readonly OptionChange[] = [
    ...socketChanges(server, moved(socket), facts),
    ...(isBelow(pidPath, [runDirectory])
      ? [{ section: "supervisord", key: "pidfile", value: moved(pidfile).replaceAll("%", "%%") }]
      : []),
  ];
  const { uid, gids } = daemonAccount(facts);
  const access = { uid, gid: gids[0] ?? 0, mode: 0o755 };
  const found = probe.find(directory);
  const isMissing = found.kind === "missing";
  const isFree = isMissing
    ? probe.look(stateDirectory).ok
    : found.kind === "directory" && found.uid === uid;
  const making = fix.directory("B", directory, access, probe);
  const [user] = probe.ownerName(access.uid, access.gid).split(":");
  return repair(
    `Move socket and pid file to ${directory}, a directory of ${user}`,
    isMissing ? making : fix.steps("B", making.commands, []),
    daemon === null && isFree
      ? fix.options(config, changes, probe)
      : fix.manual(...describeChanges(config, changes)),
  );
}

/** Removes an empty file at the path of a socket. @param now "an empty file" */
export function removeEmpty(path: string, now: string): Fix {
  const step = repairStep({ kind: "remove", path, what: "empty file" }, now, "removed");
  return fix.steps("B", [`rm ${shellWord(path)}`], [step]);
}

/** The repair that lets the daemon create its socket. */
export function bindRepair(problem: BindProblem, server: UnixServer, facts: DoctorFacts): Repair {
  if (problem.kind === "too-long") return moveRepair(server, facts);
  if (problem.kind === "directory") return directoryRepair(problem, server, facts);
  const { path } = problem;
  const aside = [`mv ${shellWord(path)} ${shellWord(`${path}.old`)}`];
  if (problem.kind === "occupied") {
    return problem.isEmpty
      ? repair("Remove the empty file", removeEmpty(path, problem.what))
      : byHand("Move it away, or use another path for the socket", aside);
  }
  if (problem.isKept) {
    return byHand("Find out which process uses it; if none does, move it away", [
      `fuser -v ${shellWord(path)}`,
      ...aside,
    ]);
  }
  // In other directories, a file of that name may be unrelated.
  const isOwn = isBelow(path, [facts.service.layout.runDirectory]);
  const removal = fix.removeStale(isOwn ? "A" : "B", path, "an unused lock file");
  return repair("Remove the unused lock file", removal);
}

function directoryRepair(
  { pathProblem }: Extract<BindProblem, { kind: "directory" }>,
  server: UnixServer,
  facts: DoctorFacts,
): Repair {
  const { probe } = facts;
  const { path, errno, seen } = pathProblem;
  const directory = dirname(server.path);
  if (isMadeForRoot(path, facts)) return ownRunDirectory(server, facts);
  const { uid, gids } = daemonAccount(facts);
  if (errno === "ENOENT") return makeDirectories([directory], { uid }, facts);
  // Only the directory of the socket changes its owner; those above it do not belong to the daemon.
  const isLast = path === directory && errno === "EACCES";
  if (!isLast || seen === null || !isSafeToGive(server, facts)) return moveRepair(server, facts);
  const as = isBelow(directory, [facts.service.layout.runDirectory]) ? "A" : "B";
  const after = { uid, gid: gids[0] ?? 0, mode: seen.mode | 0o700 };
  return repair(
    `Give the directory ${directory} to ${userName(uid, probe)}`,
    fix.access(as, directory, seen, after, probe),
  );
}

/** Whether a directory contains only files of the daemon; otherwise it keeps its owner. */
function isSafeToGive({ path }: UnixServer, facts: DoctorFacts): boolean {
  const { probe } = facts;
  const directory = dirname(path);
  const seen = probe.look(directory);
  if (!seen.ok || (seen.mode & 0o1002) !== 0 || probe.linkTarget(directory) !== null) return false;
  const own = [path, readConfig(facts)?.daemon.pidfile ?? path];
  const names = probe.list(directory);
  return names?.every((name) => own.some((one) => `${directory}/${name}`.startsWith(one))) === true;
}
