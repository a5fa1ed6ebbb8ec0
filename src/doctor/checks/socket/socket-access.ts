// SOCK-004: a user who should be able to use the socket has no permission.

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { socketPathOf } from "../../../core/config/server-address.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  inGroups,
  ownership,
  type PathProblem,
  userName,
} from "../../facts/access.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import {
  changeOptions,
  describeChanges,
  isPlainValue,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { fix, type Joining, joiningOf, repair } from "../../repairs/fix.ts";
import { ownStep, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { answerOf, type UnixServer, unixServers } from "./addresses.ts";
import { moveRepair } from "./bind-repairs.ts";

export const NO_PERMISSION = check(
  "SOCK-004",
  "no permission to use the socket",
  (situation, probe) => {
    if (situation.caller.uid !== 0) {
      return situation.servers.flatMap(({ kind, url }) => {
        const path = kind === "denied" ? socketPathOf(url) : null;
        return path === null ? [] : [deniedFinding(path, situation, probe)];
      });
    }
    return unixServers(situation).flatMap((server) => {
      const isServed = answerOf(server, situation)?.daemon !== null;
      const seen = probe.look(server.path);
      if (!isServed || !seen.ok || seen.kind !== "socket") return [];
      return groupFindings(server, seen, situation, probe);
    });
  },
);

function deniedFinding(path: string, situation: Situation, probe: Probe): Finding {
  const { caller } = situation;
  const server = unixServers(situation).find((one) => one.path === path) ?? null;
  const seen = probe.look(path);
  const pathProblem = firstPathProblem(path, "connect", caller, probe);
  const isNew = server !== null && isMemberByNow(server, situation, probe);
  return finding("error", path, {
    symptom: "error: <class 'PermissionError'>, [Errno 13] Permission denied",
    cause: isNew
      ? `${caller.name} was added to the socket's group after this login.`
      : `${caller.name} has no permission to use the socket of the daemon.`,
    evidence: [
      pathProblem === null
        ? `owners and modes allow it; SELinux, AppArmor or an ACL may deny it`
        : describePathProblem(pathProblem, caller.uid, probe),
      `${caller.name} is ${inGroups(caller.gids, probe)}`,
    ],
    place: server === null ? null : optionPlace(situation.config, server.section, "chmod"),
    repair: deniedRepair(server, seen.ok ? seen : null, isNew, pathProblem, situation, probe),
  });
}

/** The user is a member according to the accounts, but not yet in this session. */
function isMemberByNow({ owner }: UnixServer, { caller }: Situation, probe: Probe): boolean {
  if (owner === null || owner.gid < 0 || caller.gids.includes(owner.gid)) return false;
  return probe.groupsOf(caller.name).includes(owner.gid);
}

/** A directory of the path denies the caller access. */
function openWay(
  { path, seen }: PathProblem,
  server: UnixServer | null,
  { caller }: Situation,
  probe: Probe,
): Repair {
  const wanted = server?.owner?.gid ?? -1;
  const group = wanted >= 0 && caller.gids.includes(wanted) ? probe.group(wanted)?.name : undefined;
  const isOfGroup = seen !== null && caller.gids.includes(seen.gid);
  const command =
    isOfGroup || group === undefined
      ? [`sudo chmod ${isOfGroup ? "g+x" : "a+x"} ${shellWord(path)}`]
      : [`sudo chgrp ${shellWord(group)} ${shellWord(path)} && sudo chmod g+x ${shellWord(path)}`];
  return {
    class: "C",
    advice: `Use sudo, or give ${isOfGroup || group === undefined ? caller.name : `the group ${group}`} search permission on the directory ${path}`,
    commands: command,
    steps: [],
  };
}

/** The administrator decides who may control a daemon of root: only commands, no steps. */
function deniedRepair(
  server: UnixServer | null,
  seen: Seen | null,
  isNew: boolean,
  pathProblem: PathProblem | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const { caller, service, config } = situation;
  const plain = { class: "C", steps: [] } as const;
  if (isNew) {
    return { ...plain, advice: "Log in again, or start a shell with the group", commands: [] };
  }
  if (pathProblem !== null && pathProblem.path !== (server?.path ?? pathProblem.path)) {
    return openWay(pathProblem, server, situation, probe);
  }
  const named = server?.owner ?? null;
  const group = named !== null && named.gid > 0 ? probe.group(named.gid)?.name : undefined;
  const name = group ?? probe.group(service.name)?.name ?? service.name;
  const join = `sudo usermod -aG ${shellWord(name)} ${shellWord(caller.name)}   # then log in again`;
  const make = probe.group(name) === null ? [`sudo groupadd --system ${shellWord(name)}`] : [];
  const isOpen = group !== undefined && seen !== null && (seen.mode & 0o020) !== 0;
  if (isOpen || server === null) {
    const advice = `Use sudo, or add ${caller.name} to the group ${name}, whose members control the daemon`;
    return { ...plain, advice, commands: [...make, join] };
  }
  const changes = [
    { section: server.section, key: "chmod", value: "0770" },
    { section: server.section, key: "chown", value: `root:${name}` },
  ];
  const path = shellWord(server.path);
  return {
    ...plain,
    advice: `Use sudo, or open the socket to the group ${name} and add ${caller.name} to it; its members control the daemon`,
    commands: [
      ...make,
      ...describeChanges(config, changes),
      `sudo chgrp ${shellWord(name)} ${path} && sudo chmod 0770 ${path}`,
      join,
    ],
  };
}

// Whether members of the socket's group can use the socket, and the repair if they cannot.

const SYMPTOM = "error: <class 'PermissionError'>, [Errno 13] Permission denied";
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** At most one finding: the first thing that denies members of the group access. */
function groupFindings(
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
  const pathProblem = firstPathProblem(path, "connect", member, probe);
  const seen = pathProblem?.seen ?? null;
  if (pathProblem === null || seen === null || pathProblem.path === path) return null;
  const name = probe.group(gid)?.name ?? String(gid);
  return {
    // A subject other than the socket, because both may be wrong.
    subject: pathProblem.path,
    cause: `Members of the group ${name} may use the socket, but cannot reach it.`,
    evidence: [describePathProblem({ ...pathProblem, lacks: null }, -1, probe)],
    repair: wayRepair(pathProblem.path, seen, { path, section }, situation, probe),
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

// SOCK-012: chmod= or chown= of a server that is invalid or not permitted.

export const SOCKET_ACCESS = check(
  "SOCK-012",
  "invalid owner or mode of a socket",
  (situation, probe) => {
    const bad = situation.config.problems.filter(
      ({ code, severity }) => code === "SOCK-012" && severity === "error",
    );
    return [
      ...bad.map((problem) => invalid(problem, situation, probe)),
      ...unixServers(situation).flatMap((server) => forbidden(server, situation, probe)),
    ];
  },
);

function invalid(problem: CheckProblem, situation: Situation, probe: Probe): Finding {
  const { section, key, message, file, line } = problem;
  const isMode = key === "chmod";
  const written = section === null ? null : writtenValue(situation.config, section, key ?? "");
  const value = isMode ? meantMode(written ?? "") : meantOwner(written ?? "", situation, probe);
  const lost = isMode ? null : lostGroup(written ?? "", situation, probe);
  return finding("error", `[${section ?? ""}] ${key ?? ""}`, {
    symptom: printable(message),
    cause: isMode
      ? "The mode of the socket is not an octal number."
      : "This host has no such user or group for the socket.",
    evidence: written === null ? [] : [printable(`${key ?? ""} = ${written}`)],
    place: { file, line, section, key },
    repair:
      lost === null ? change(section ?? "", key ?? "", value, situation, probe) : makeGroup(lost),
  });
}

/** The group of the service, which existed when it was installed. */
function lostGroup(written: string, { service }: Situation, probe: Probe): string | null {
  const name = written.split(":")[1]?.trim() ?? "";
  const own = service.manifest?.group ?? service.name;
  return service.file !== null && name === own && probe.group(name) === null ? name : null;
}

function makeGroup(name: string): Repair {
  const step = { kind: "group", name } as const;
  return {
    class: "B",
    advice: `Create the group ${name} again, which was created with the service`,
    commands: [`groupadd --system ${name}   # then add its members: usermod -aG ${name} USER`],
    steps: [repairStep(step, "missing", `group ${name}`)],
  };
}

function change(
  section: string,
  key: string,
  value: string,
  situation: Situation,
  probe: Probe,
): Repair {
  const { config } = situation;
  const changes = [{ section, key, value }];
  return repair(
    `Write ${key}=${value}`,
    isPlainValue(value)
      ? fix.options(config, changes, probe)
      : fix.manual(...describeChanges(config, changes)),
  );
}

/** Interprets "0o770" and "rwxrwx---"; anything else becomes 0700. */
export function meantMode(text: string): string {
  const octal = /^0o([0-7]{3,4})$/i.exec(text.trim())?.[1];
  if (octal !== undefined) return octal.padStart(4, "0");
  if (!/^s?(?:[r-][w-][x-]){3}$/.test(text.trim())) return "0700";
  const bits = Array.from(text.trim().slice(-9), (letter) => (letter === "-" ? "0" : "1"));
  return octalMode(Number.parseInt(bits.join(""), 2));
}

function meantOwner(text: string, situation: Situation, probe: Probe): string {
  const [user = "", group] = text.trim().split(":");
  const users = names("/etc/passwd", probe);
  const groups = names("/etc/group", probe);
  const meant = (name: string, all: readonly string[]): string | null =>
    all.includes(name) || /^\d+$/.test(name) ? name : closest(name, all);
  const meantUser = meant(user, users);
  const meantGroup = group === undefined ? "" : meant(group, groups);
  if (meantUser === null || meantGroup === null) {
    const { uid } = daemonAccount(situation, probe);
    return probe.user(uid)?.name ?? String(uid);
  }
  return meantGroup === "" ? meantUser : `${meantUser}:${meantGroup}`;
}

function names(file: string, probe: Probe): readonly string[] {
  const lines = (probe.readText(file) ?? "").split("\n");
  return lines.flatMap((line) => /^([^:#\s]+):/.exec(line)?.[1] ?? []);
}

/** Only root can change the owner of files. */
function forbidden(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { owner, path, section } = server;
  const account = daemonAccount(situation, probe);
  if (owner === null || account.uid === 0) return [];
  const isUserFine = owner.uid < 0 || owner.uid === account.uid;
  const isGroupFine = owner.gid < 0 || account.gids.includes(owner.gid);
  if (isUserFine && isGroupFine) return [];
  const who = userName(account.uid, probe);
  const user = probe.user(account.uid)?.name ?? String(account.uid);
  const joining = joiningOf(account, situation, probe);
  // Its members keep the socket if the daemon becomes one of them.
  const joined = joining !== null && joining.gid === owner.gid ? joining : null;
  const value = joined !== null || isGroupFine ? withGroup(user, owner.gid, joined, probe) : user;
  return [
    finding("error", `[${section}] chown`, {
      symptom: `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config file`,
      cause: `The daemon runs as ${who}: only root can change the owner of a file, and other users can only set their own groups.`,
      evidence: [
        `chown requires ${probe.ownerName(owner.uid, owner.gid)}; ${who} is ${inGroups(account.gids, probe)}`,
      ],
      place: optionPlace(situation.config, section, "chown"),
      repair: joinFirst(joined, change(section, "chown", value, situation, probe)),
    }),
  ];
}

/** The group that the configuration names, if the daemon is or becomes its member. */
function withGroup(user: string, gid: number, joined: Joining | null, probe: Probe): string {
  const group = joined?.group ?? (gid < 0 ? null : (probe.group(gid)?.name ?? null));
  return group === null ? user : `${user}:${group}`;
}

/** Adds the daemon's user to the group before the configuration names both. */
function joinFirst(joined: Joining | null, repair: Repair): Repair {
  if (joined === null || repair.steps.length === 0) return repair;
  return {
    ...repair,
    advice: `${repair.advice}, and ${joined.step.will}`,
    commands: [joined.command, ...repair.commands],
    steps: [joined.step, ...repair.steps],
  };
}
