// What prevents the daemon from creating a socket, and the repairs that let it create one: another path, a directory, or the
// removal of a file.

import { LONGEST_PID_TEXT, readPidText } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { longestSocketPath } from "../../../core/base/socket-path.ts";
import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import type { FoundFile } from "../../../install/plan/steps.ts";
import {
  type Account,
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  type PathProblem,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isFileLocked, type Probe } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Fix, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { describeChanges, type OptionChange } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { makeDirectories } from "../missing-directories.ts";
import type { UnixServer } from "./addresses.ts";

/** Why a socket cannot be created. */
interface BindProblem extends Pick<Finding, "symptom" | "cause" | "evidence"> {
  /** The directory of the socket, or one above it, that denies the daemon access or is missing. */
  readonly directory?: PathProblem;
  /** A stale socket of another user. */
  readonly isStale?: true;
  /** Lets the daemon create its socket. */
  repair(): Repair;
}

const OPENING = "Cannot open an HTTP server: socket.error reported";

/** The first reason; null if the daemon can bind its socket, or replace the stale one. */
export function bindProblem(server: UnixServer, facts: DoctorFacts): BindProblem | null {
  const { path } = server;
  const { probe } = facts;
  const most = longestSocketPath(facts.host.platform);
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > most) {
    return {
      symptom: `${OPENING} AF_UNIX path too long`,
      cause: "The path of the socket is longer than the kernel allows.",
      evidence: [`it has ${bytes} bytes; the maximum is ${most}`],
      repair: () => moveRepair(server, facts),
    };
  }
  const account = daemonAccount(facts);
  const directory = firstPathProblem(dirname(path), "search", account, probe);
  if (directory !== null && isSure(directory)) return closedDirectory(directory, server, facts);
  const inTheWay = fileProblem(path, account, facts) ?? lockProblem(`${path}.lock`, account, facts);
  if (inTheWay !== null || probe.look(path).ok) return inTheWay;
  const pathProblem = firstPathProblem(path, "write", account, probe);
  return pathProblem === null || !isSure(pathProblem)
    ? null
    : closedDirectory(pathProblem, server, facts);
}

/** If only the caller lacks permission to examine the path, the result for the daemon is unknown. */
export function isSure({ errno, seen }: PathProblem): boolean {
  return errno !== "EACCES" || seen !== null;
}

function closedDirectory(
  directory: PathProblem,
  server: UnixServer,
  facts: DoctorFacts,
): BindProblem {
  const { errno, path } = directory;
  const numbers: Readonly<Record<string, number>> = {
    ENOENT: 2,
    EACCES: 13,
    ENOTDIR: 20,
    EROFS: 30,
  };
  const number = numbers[errno];
  const { uid } = daemonAccount(facts);
  const evidence = describePathProblem(directory, uid, facts.probe);
  const isMade = isMadeForRoot(path, facts);
  return {
    directory,
    symptom: `${OPENING} errno.${errno}${number === undefined ? "" : ` (${number})`}`,
    cause: `The daemon runs as ${userName(uid, facts.probe)} and cannot create a file in the directory of its socket.`,
    evidence: isMade
      ? [evidence, `the service creates ${path} for root at each start`]
      : [evidence],
    repair: () => directoryRepair(directory, server, facts),
  };
}

/** The path is occupied by a file, a directory or a symlink. */
function occupied(
  path: string,
  what: string,
  isEmpty: boolean,
  { probe }: DoctorFacts,
): BindProblem {
  return {
    symptom: `${OPENING} errno.EEXIST (17)`,
    cause:
      "The path of the socket is occupied by something that is not a socket. tsv does not remove it, because it may contain data.",
    evidence: [printable(`${path} is ${what}${owned(path, probe)}`)],
    repair: () =>
      isEmpty
        ? repair("Remove the empty file", removeEmpty(path, what))
        : byHand("Move it away, or use another path for the socket", [aside(path)]),
  };
}

/** A stale socket or a lock file of another user, which the daemon has no permission to replace. */
function theirs(path: string, isKept: boolean, facts: DoctorFacts): BindProblem {
  const { probe, service } = facts;
  const user = userName(daemonAccount(facts).uid, probe);
  // In other directories, a file of that name may be unrelated.
  const as = isBelow(path, [service.layout.runDirectory]) ? "A" : "B";
  return {
    symptom: `${OPENING} errno.EACCES (13)`,
    cause: isKept
      ? "The path of the socket's lock file is occupied by another user's file, which is locked or not a lock file."
      : "The lock file of the socket belongs to another user; often the daemon once ran as root.",
    evidence: [`${path} is a file${owned(path, probe)}; the daemon runs as ${user}`],
    repair: () =>
      isKept
        ? byHand("Find out which process uses it; if none does, move it away", [
            `fuser -v ${shellWord(path)}`,
            aside(path),
          ])
        : repair("Remove the unused lock file", fix.removeStale(as, path, "an unused lock file")),
  };
}

function owned(path: string, probe: Probe): string {
  const seen = probe.look(path);
  return seen.ok ? `, ${ownership(seen, probe)}` : "";
}

function aside(path: string): string {
  return `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
}

function fileProblem(path: string, account: Account, facts: DoctorFacts): BindProblem | null {
  const { probe } = facts;
  const found = probe.find(path);
  if (found.kind === "missing") return null;
  const seen = probe.look(path);
  if (found.kind === "other" && seen.ok && seen.kind === "socket") {
    const isFree = listenersAt(path, probe).length > 0 || mayRemove(path, account, probe);
    return isFree ? null : { ...theirs(path, false, facts), isStale: true };
  }
  // If the caller cannot examine it, the checks of directories report that.
  if (found.kind === "other" && !seen.ok) return null;
  const isEmpty = found.kind === "file" && seen.ok && seen.bytes === 0;
  return occupied(path, isEmpty ? "an empty file" : describeFound(found, seen), isEmpty, facts);
}

function describeFound(found: FoundFile, seen: ReturnType<Probe["look"]>): string {
  if (found.kind === "link") return `a symbolic link to ${found.target}`;
  if (found.kind === "other") return `a ${seen.ok ? seen.kind : "device"}`;
  return `a ${found.kind}`;
}

/** The daemon opens its lock for reading and writing, and rejects symlinks and hard links. */
function lockProblem(path: string, account: Account, facts: DoctorFacts): BindProblem | null {
  const { probe } = facts;
  const found = probe.find(path);
  const seen = probe.look(path);
  if (found.kind === "link" || found.kind === "directory") {
    return occupied(path, describeFound(found, seen), false, facts);
  }
  if (found.kind === "missing" || !seen.ok || seen.kind !== "file") return null;
  const isOurs = permits(account, seen, "r") && permits(account, seen, "w");
  return isOurs ? null : theirs(path, isKept(path, seen.inode, probe), facts);
}

/** A lock file contains a pid or nothing. An unreadable file is examined again before its removal. */
function isKept(path: string, inode: number, probe: Probe): boolean {
  const head = probe.readHead(path, LONGEST_PID_TEXT + 1);
  const text = head === null ? "" : String.fromCharCode(...head);
  return isFileLocked(path, inode, probe) === true || !readPidText(text).isPlausible;
}

/** Whether an account may remove a file; in a sticky directory, only its owner, that of the directory, and root. */
export function mayRemove(path: string, account: Account, probe: Probe): boolean {
  const directory = probe.look(dirname(path));
  const file = probe.look(path);
  if (!directory.ok || !file.ok) return false;
  if (account.uid === 0) return true;
  if (!permits(account, directory, "w") || !permits(account, directory, "x")) return false;
  const isSticky = (directory.mode & 0o1000) !== 0;
  return !isSticky || file.uid === account.uid || directory.uid === account.uid;
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
  const { runDirectory } = service.layout;
  const { errno, path } = problem.directory ?? {};
  const isMissing = errno === "ENOENT" && path === runDirectory;
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

function directoryRepair(
  { path, errno, seen }: PathProblem,
  server: UnixServer,
  facts: DoctorFacts,
): Repair {
  const { probe } = facts;
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
