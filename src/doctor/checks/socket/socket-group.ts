// Whether members of the socket's group can use the socket, and the repair if they cannot.

import { octalMode } from "../../../core/base/file-mode.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { describeObstacle, firstObstacle } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { ownership } from "../../repairs/ownership.ts";
import { ownStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import type { UnixServer } from "./control-sockets.ts";
import { moveRepair } from "./move-socket.ts";

const SYMPTOM = "error: <class 'PermissionError'>, [Errno 13] Permission denied";
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** At most one finding: the first thing that denies members of the group access. */
export function groupFindings(
  server: UnixServer,
  seen: Seen,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const place = optionPlace(situation.config, server.section, "chmod");
  const named = groupOf(server, situation, probe);
  const base = { severity: "warning", subject: server.path, symptom: SYMPTOM, place } as const;
  if (named !== null && (server.mode & GROUP_WRITES) === 0) {
    return [{ ...base, ...keptOut(server, named, seen, situation, probe) }];
  }
  const closer = closerThanConfigured(server, seen, probe);
  if (closer !== null) return [{ ...base, ...closer }];
  const blocked = blockedWay(server, named, situation, probe);
  return blocked === null ? [] : [{ ...base, ...blocked }];
}

type Told = Pick<Finding, "cause" | "evidence" | "repair"> & Partial<Pick<Finding, "subject">>;

/** The group of chown=, if it is meant to have access: with another owner than the daemon, only the owner may be meant. */
function groupOf({ owner }: UnixServer, situation: Situation, probe: Probe): number | null {
  if (owner === null || owner.gid < 0) return null;
  const daemon = daemonAccount(situation, probe);
  const isOwnersOwn = owner.uid >= 0 && owner.uid !== daemon.uid;
  return isOwnersOwn || owner.gid === daemon.gids[0] ? null : owner.gid;
}

/** chown= names a group, but chmod= denies it access. */
function keptOut(
  server: UnixServer,
  gid: number,
  seen: Seen,
  situation: Situation,
  probe: Probe,
): Told {
  const { config } = situation;
  const mode = server.mode | 0o060;
  const changes = [{ section: server.section, key: "chmod", value: octalMode(mode) }];
  const live = accessSteps(server.path, seen, { mode, uid: seen.uid, gid }, probe);
  const edits = changeOptions(config, changes, probe);
  const isWhole = edits !== null && live !== null;
  const name = probe.group(gid)?.name ?? String(gid);
  return {
    cause: `chown gives the socket to the group ${name}, but chmod=${octalMode(server.mode)} denies its members access.`,
    evidence: [`${server.path} is ${ownership(seen, probe)}`],
    repair: {
      class: isWhole ? "B" : "C",
      advice: `Open the socket to the group ${name}`,
      commands: [
        ...describeChanges(config, changes),
        `chmod ${octalMode(mode)} ${shellWord(server.path)}`,
      ],
      steps: isWhole ? [...edits, ...live] : [],
    },
  };
}

/** The permissions of the socket were changed by hand, or those in the configuration since the daemon started. */
function closerThanConfigured(server: UnixServer, seen: Seen, probe: Probe): Told | null {
  const { owner, mode, path } = server;
  const lacking = mode & ~seen.mode & (GROUP_WRITES | OTHERS_WRITE);
  const isOthersGroup = owner !== null && owner.gid >= 0 && owner.gid !== seen.gid;
  const isOpenToGroup = (mode & GROUP_WRITES) !== 0;
  if (lacking === 0 && !(isOthersGroup && isOpenToGroup)) return null;
  const uid = owner !== null && owner.uid >= 0 ? owner.uid : seen.uid;
  const gid = owner !== null && owner.gid >= 0 ? owner.gid : seen.gid;
  const steps = accessSteps(path, seen, { mode, uid, gid }, probe);
  const wanted = `${probe.ownerName(uid, gid)} ${octalMode(mode)}`;
  return {
    cause: `The socket is ${ownership(seen, probe)}, but ${wanted} in the configuration: it was changed by hand, or the daemon was started with another configuration.`,
    evidence: [`${path} is ${ownership(seen, probe)}`],
    repair: {
      class: steps === null ? "C" : "B",
      advice: "Set the owner and mode of the configuration",
      commands: accessCommands(path, { mode, uid, gid }, probe).map(shellLine),
      steps: steps ?? [],
    },
  };
}

/** A directory of the path that members of the group cannot enter. */
function blockedWay(
  { path, mode, section }: UnixServer,
  gid: number | null,
  situation: Situation,
  probe: Probe,
): Told | null {
  if (gid === null || (mode & GROUP_WRITES) === 0) return null;
  const member = { uid: -1, gids: [gid] };
  const obstacle = firstObstacle(path, "connect", member, probe);
  const seen = obstacle?.seen ?? null;
  if (obstacle === null || seen === null || obstacle.path === path) return null;
  const name = probe.group(gid)?.name ?? String(gid);
  return {
    // A subject other than the socket, because both may be wrong.
    subject: obstacle.path,
    cause: `Members of the group ${name} may use the socket, but cannot reach it.`,
    evidence: [describeObstacle({ ...obstacle, lacks: null }, -1, probe)],
    repair: wayRepair(obstacle.path, seen, { path, section }, situation, probe),
  };
}

/** Only the directory of the socket may be opened; those above it contain other files, too. */
function wayRepair(
  blocked: string,
  seen: Seen,
  { path, section }: Pick<UnixServer, "path" | "section">,
  situation: Situation,
  probe: Probe,
): Repair {
  const server = unixNamed(section, situation);
  if (blocked !== dirname(path) && server !== null) return moveRepair(server, situation, probe);
  const access = { uid: seen.uid, gid: seen.gid, mode: seen.mode | 0o011 };
  const isOwn = blocked === situation.service.layout.runDirectory;
  return {
    class: isOwn ? "A" : "B",
    advice: `Give others search permission on ${blocked}`,
    commands: [`chmod a+x ${shellWord(blocked)}`],
    steps: [ownStep(blocked, seen, access, probe)],
  };
}

function unixNamed(section: string, { config }: Situation): UnixServer | null {
  const servers = config.daemon?.ok === true ? config.daemon.value.servers : [];
  const found = servers.find((one) => one.section === section);
  return found?.kind === "unix" ? found : null;
}

interface Wanted {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Steps that change the existing socket, so that nothing has to be restarted; null if another user could replace it with a
 * symlink meanwhile.
 */
function accessSteps(
  path: string,
  seen: Seen,
  wanted: Wanted,
  probe: Probe,
): readonly PlannedStep[] | null {
  const directory = probe.look(dirname(path));
  if (!directory.ok || directory.uid !== 0 || probe.linkTarget(path) !== null) return null;
  const isClosed = (directory.mode & 0o022) === 0;
  const isSticky = (directory.mode & 0o1000) !== 0 && seen.uid === 0;
  if (!isClosed && !isSticky) return null;
  const { mode, uid, gid } = wanted;
  if (mode === seen.mode && uid === seen.uid && gid === seen.gid) return [];
  return [ownStep(path, seen, wanted, probe)];
}

function accessCommands(
  path: string,
  { mode, uid, gid }: Wanted,
  probe: Probe,
): readonly (readonly string[])[] {
  return [
    ["chown", "-h", probe.ownerName(uid, gid), path],
    ["chmod", octalMode(mode), path],
  ];
}
