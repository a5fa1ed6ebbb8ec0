// Moves the control socket to tsv's runtime directory, in the section of the server and in that of ctl.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { daemonAccount, readConfig, userName } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { changeOptions, describeChanges, type OptionChange } from "../../repairs/config-edits.ts";
import { atBoot, isVolatile, tmpfilesLine } from "../../repairs/fix.ts";
import { byHand, directoryStep, ownStep, repairStep } from "../../repairs/repairs.ts";
import type { BindTrouble, UnixServer } from "./addresses.ts";

/**
 * The repair that writes another path into the configuration.
 * @remarks A running daemon keeps its old socket until it is restarted, and ctl could not connect. In that case the repair is
 * manual, because a restart interrupts programs.
 */
export function moveRepair(server: UnixServer, situation: Situation, probe: Probe): Repair {
  const { config, daemon, service } = situation;
  const socket = service.layout.socket;
  const changes = socketChanges(server, socket, situation);
  const advice = `Move the socket to ${socket}`;
  if (socket === server.path || changes.length === 0) {
    return byHand("Choose another path for the socket");
  }
  const commands = describeChanges(config, changes);
  const steps = daemon === null ? changeOptions(config, changes, probe) : null;
  if (steps !== null) return { class: "B", advice, commands, steps };
  const restart = daemon === null ? "" : ", then restart the daemon, which restarts its programs";
  return byHand(`${advice}${restart}`, commands);
}

/** Both sections if ctl uses this socket, otherwise only that of the server. */
function socketChanges(
  server: UnixServer,
  path: string,
  { config }: Pick<Situation, "config">,
): readonly OptionChange[] {
  const value = path.replaceAll("%", "%%");
  const file = { section: server.section, key: "file", value };
  const isCtls = config.ctl?.serverUrl === `unix://${server.path}`;
  const ctl = { section: "supervisorctl", key: "serverurl", value: `unix://${value}` };
  return isCtls ? [file, ctl] : [file];
}

// The runtime directory of the service, which its unit or script creates at each start: for root, if the unit has no User=.

/** Whether the only error is that the directory is missing, and the next start creates it. */
export function isMadeByService(trouble: BindTrouble, situation: Situation, probe: Probe): boolean {
  const { service } = situation;
  if (trouble.kind !== "directory" || trouble.pathProblem.errno !== "ENOENT") return false;
  const { runDirectory } = service.layout;
  const isMissing = trouble.pathProblem.path === runDirectory;
  const isMade = isMissing && service.file !== null && probe.look(dirname(runDirectory)).ok;
  return isMade && !isMadeForRoot(runDirectory, situation, probe);
}

/** Whether the service gives this directory to root at each start, although the daemon becomes another user. */
export function isMadeForRoot(directory: string, situation: Situation, probe: Probe): boolean {
  const { service } = situation;
  if (service.file === null || service.scope !== "system") return false;
  const { uid } = daemonAccount(situation, probe);
  const user = service.properties["User"] ?? "";
  const isTheirs = user !== "" && probe.user(user)?.uid === uid;
  return uid !== 0 && !isTheirs && directory === service.layout.runDirectory;
}

/** Moves socket and pid file to a directory of the daemon's user that no start and no boot changes. */
function ownRunDirectory(server: UnixServer, situation: Situation, probe: Probe): Repair {
  const { config, daemon, service } = situation;
  const { runDirectory, stateDirectory, socket, pidfile } = service.layout;
  const directory = `${stateDirectory}/run`;
  const moved = (path: string): string => `${directory}${path.slice(runDirectory.length)}`;
  const pidPath = readConfig(situation)?.daemon.pidfile ?? "";
  const changes: readonly OptionChange[] = [
    ...socketChanges(server, moved(socket), situation),
    ...(isBelow(pidPath, [runDirectory])
      ? [{ section: "supervisord", key: "pidfile", value: moved(pidfile).replaceAll("%", "%%") }]
      : []),
  ];
  const { uid, gids } = daemonAccount(situation, probe);
  const access = { uid, gid: gids[0] ?? 0, mode: 0o755 };
  const [user = "root", group = "root"] = probe.ownerName(access.uid, access.gid).split(":");
  const found = probe.find(directory);
  const isFree = found.kind === "missing" ? probe.look(stateDirectory).ok : isOf(uid, found);
  const made = found.kind === "missing" ? [directoryStep(directory, access, probe)] : [];
  const edits = daemon === null && isFree ? changeOptions(config, changes, probe) : null;
  const advice = `Move socket and pid file to ${directory}, a directory of ${user}`;
  const commands = [
    shellLine(["install", "-d", "-o", user, "-g", group, "-m", "0755", directory]),
    ...describeChanges(config, changes),
  ];
  if (edits === null) return byHand(advice, commands);
  return { class: "B", advice, commands, steps: [...made, ...edits] };
}

function isOf(uid: number, found: ReturnType<Probe["find"]>): boolean {
  return found.kind === "directory" && found.uid === uid;
}

// Repairs that let the daemon create its socket: a directory, another path, or the removal of a file.

/** The repair that lets the daemon create its socket. */
export function bindRepair(
  trouble: BindTrouble,
  server: UnixServer,
  situation: Situation,
  probe: Probe,
): Repair {
  switch (trouble.kind) {
    case "too-long":
      return moveRepair(server, situation, probe);
    case "occupied":
      return trouble.isEmpty
        ? {
            class: "B",
            advice: "Remove the empty file",
            commands: [`rm ${shellWord(trouble.path)}`],
            steps: [
              repairStep(
                { kind: "remove", path: trouble.path, what: "empty file" },
                trouble.what,
                "removed",
              ),
            ],
          }
        : byHand("Move it away, or use another path for the socket", [
            `mv ${shellWord(trouble.path)} ${shellWord(`${trouble.path}.old`)}`,
          ]);
    case "theirs":
      return lockRepair(trouble, situation);
    case "directory":
      return directoryRepair(trouble, server, situation, probe);
  }
}

function lockRepair(
  { path, whyKept }: Extract<BindTrouble, { kind: "theirs" }>,
  { service }: Situation,
): Repair {
  if (whyKept === "locked") {
    return byHand("Find the process that has locked it, or use another path for the socket", [
      `fuser -v ${shellWord(path)}`,
    ]);
  }
  if (whyKept === "content") {
    return byHand("Use another path for the socket, or move the file away", [
      `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
    ]);
  }
  return {
    // In other directories, a file of that name may be unrelated.
    class: isBelow(path, [service.layout.runDirectory]) ? "A" : "B",
    advice: "Remove the unused lock file",
    commands: [`rm ${shellWord(path)}`],
    steps: [repairStep({ kind: "remove-stale", path }, "an unused lock file", "removed")],
  };
}

function directoryRepair(
  { pathProblem }: Extract<BindTrouble, { kind: "directory" }>,
  server: UnixServer,
  situation: Situation,
  probe: Probe,
): Repair {
  const directory = dirname(server.path);
  if (isMadeForRoot(pathProblem.path, situation, probe)) {
    return ownRunDirectory(server, situation, probe);
  }
  const account = daemonAccount(situation, probe);
  const access = { mode: 0o755, uid: account.uid, gid: account.gids[0] ?? 0 };
  const isOwn = isBelow(directory, [situation.service.layout.runDirectory]);
  if (pathProblem.errno === "ENOENT" && probe.look(dirname(pathProblem.path)).ok) {
    const missing = missingFrom(pathProblem.path, directory);
    const owner = shellWord(probe.ownerName(access.uid, access.gid));
    const lines = isOwn ? [] : bootLines(missing, access, situation, probe);
    return {
      class: isOwn ? "A" : "B",
      advice: `Create the directory ${directory}${lines.length > 0 ? ", now and at each boot" : ""}`,
      commands: [
        `mkdir -p ${shellWord(directory)}`,
        `chown ${owner} ${shellWord(directory)}`,
        ...(lines.length > 0 ? atBoot(lines, probe).commands : []),
      ],
      steps: [
        ...missing.map((path) => directoryStep(path, access, probe)),
        ...(lines.length > 0 ? [...atBoot(lines, probe).steps] : []),
      ],
    };
  }
  // Only the directory of the socket changes its owner; those above it do not belong to the daemon.
  const seen = pathProblem.seen;
  const isLast = pathProblem.path === directory && pathProblem.errno === "EACCES" && seen !== null;
  if (!isLast || !isSafeToGive(server, situation, probe))
    return moveRepair(server, situation, probe);
  const steps: readonly PlannedStep[] = [
    ownStep(directory, seen, { ...access, mode: seen.mode | 0o700 }, probe),
  ];
  return {
    class: isOwn ? "A" : "B",
    advice: `Give the directory ${directory} to ${userName(account.uid, probe)}`,
    commands: [
      `chown ${shellWord(probe.ownerName(access.uid, access.gid))} ${shellWord(directory)}`,
    ],
    steps,
  };
}

/** For directories in memory, which the next boot deletes. The service creates its own. */
function bootLines(
  directories: readonly string[],
  access: { readonly mode: number; readonly uid: number; readonly gid: number },
  { service, caller }: Situation,
  probe: Probe,
): readonly string[] {
  const [first = "/"] = directories;
  const isLost = isVolatile(dirname(first), probe);
  if (!isLost || service.init !== "systemd" || caller.uid !== 0) return [];
  const lines = directories.map((path) => tmpfilesLine(path, access, probe));
  return lines.flatMap((line) => (line === null ? [] : [line]));
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
function isSafeToGive({ path }: UnixServer, situation: Situation, probe: Probe): boolean {
  const directory = dirname(path);
  const seen = probe.look(directory);
  if (!seen.ok || (seen.mode & 0o1002) !== 0 || probe.linkTarget(directory) !== null) return false;
  const own = [path, readConfig(situation)?.daemon.pidfile ?? path];
  const names = probe.list(directory);
  return names?.every((name) => own.some((one) => `${directory}/${name}`.startsWith(one))) === true;
}
