// The runtime directory of the service, which its unit or script creates at each start: for root, if the unit has no User=.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { changeOptions, describeChanges, type OptionChange } from "../../repairs/option-edits.ts";
import { byHand, directoryStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import type { BindTrouble } from "./binding.ts";
import type { UnixServer } from "./control-sockets.ts";
import { socketChanges } from "./move-socket.ts";

/** Whether the only error is that the directory is missing, and the next start creates it. */
export function isMadeByService(trouble: BindTrouble, situation: Situation, probe: Probe): boolean {
  const { service } = situation;
  if (trouble.kind !== "directory" || trouble.obstacle.errno !== "ENOENT") return false;
  const { runDirectory } = service.layout;
  const isMissing = trouble.obstacle.path === runDirectory;
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
export function ownRunDirectory(server: UnixServer, situation: Situation, probe: Probe): Repair {
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
