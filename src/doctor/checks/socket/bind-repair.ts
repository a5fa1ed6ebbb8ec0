// Repairs that let the daemon create its socket: a directory, another path, or the removal of a file.

import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { atBoot, isVolatile, tmpfilesLine } from "../../repairs/at-boot.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand, directoryStep, ownStep, repairStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import type { BindTrouble } from "./binding.ts";
import type { UnixServer } from "./control-sockets.ts";
import { moveRepair } from "./move-socket.ts";
import { isMadeForRoot, ownRunDirectory } from "./run-directory.ts";

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
    class: isBelow(path, service.layout.runDirectory) ? "A" : "B",
    advice: "Remove the unused lock file",
    commands: [`rm ${shellWord(path)}`],
    steps: [repairStep({ kind: "remove-stale", path }, "an unused lock file", "removed")],
  };
}

function directoryRepair(
  { obstacle }: Extract<BindTrouble, { kind: "directory" }>,
  server: UnixServer,
  situation: Situation,
  probe: Probe,
): Repair {
  const directory = dirname(server.path);
  if (isMadeForRoot(obstacle.path, situation, probe)) {
    return ownRunDirectory(server, situation, probe);
  }
  const account = daemonAccount(situation, probe);
  const access = { mode: 0o755, uid: account.uid, gid: account.gids[0] ?? 0 };
  const isOwn = isBelow(directory, situation.service.layout.runDirectory);
  if (obstacle.errno === "ENOENT" && probe.look(dirname(obstacle.path)).ok) {
    const missing = missingFrom(obstacle.path, directory);
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
  const seen = obstacle.seen;
  const isLast = obstacle.path === directory && obstacle.errno === "EACCES" && seen !== null;
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

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
