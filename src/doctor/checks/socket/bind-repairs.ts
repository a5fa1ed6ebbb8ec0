// Repairs that let the daemon create its socket: another path, a directory, or the removal of a file.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { daemonAccount, readConfig, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Fix, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { describeChanges, type OptionChange } from "../../repairs/config-edits.ts";
import { fix, isVolatile, repair, tmpfilesLine } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import type { BindProblem, UnixServer } from "./addresses.ts";

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
  switch (problem.whyKept) {
    case "locked":
      return byHand("Find the process that has locked it, or use another path for the socket", [
        `fuser -v ${shellWord(path)}`,
      ]);
    case "content":
      return byHand("Use another path for the socket, or move the file away", aside);
    case null: {
      // In other directories, a file of that name may be unrelated.
      const isOwn = isBelow(path, [facts.service.layout.runDirectory]);
      const removal = fix.removeStale(isOwn ? "A" : "B", path, "an unused lock file");
      return repair("Remove the unused lock file", removal);
    }
  }
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
  const access = { mode: 0o755, uid, gid: gids[0] ?? 0 };
  const isOwn = isBelow(directory, [facts.service.layout.runDirectory]);
  const as = isOwn ? "A" : "B";
  if (errno === "ENOENT" && probe.look(dirname(path)).ok) {
    const missing = missingFrom(path, directory);
    const lines = isOwn ? [] : bootLines(missing, access, facts);
    return repair(
      `Create the directory ${directory}${lines.length > 0 ? ", now and at each boot" : ""}`,
      ...missing.map((one) => fix.directory(as, one, access, probe)),
      ...(lines.length > 0 ? [fix.atBoot(lines, probe)] : []),
    );
  }
  // Only the directory of the socket changes its owner; those above it do not belong to the daemon.
  const isLast = path === directory && errno === "EACCES";
  if (!isLast || seen === null || !isSafeToGive(server, facts)) return moveRepair(server, facts);
  return repair(
    `Give the directory ${directory} to ${userName(uid, probe)}`,
    fix.access(as, directory, seen, { ...access, mode: seen.mode | 0o700 }, probe),
  );
}

/** For directories in memory, which the next boot deletes. The service creates its own. */
function bootLines(
  directories: readonly string[],
  access: { readonly mode: number; readonly uid: number; readonly gid: number },
  { service, caller, probe }: DoctorFacts,
): readonly string[] {
  const isLost = isVolatile(dirname(directories[0] ?? "/"), probe);
  if (!isLost || !hasUnits(service.init) || caller.uid !== 0) return [];
  return directories.flatMap((path) => tmpfilesLine(path, access, probe) ?? []);
}

/** "/run/a", "/run/a/b" if /run/a is the first missing one. */
function missingFrom(first: string, last: string): readonly string[] {
  const rest = last
    .slice(first.length)
    .split("/")
    .filter((name) => name !== "");
  return [first, ...rest.map((_, at) => `${first}/${rest.slice(0, at + 1).join("/")}`)];
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
