// Permissions of sockets: a user has none (SOCK-004), or chmod= or chown= are invalid or not permitted (SOCK-012).

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { socketPathOf } from "../../../core/config/server-address.ts";
import type { Access } from "../../../install/plan/steps.ts";
import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  inGroups,
  ownership,
  type PathProblem,
  userName,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { fieldsOf } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Finding, Fix, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import {
  describeChanges,
  isPlainValue,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { fix, joiningOf, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, setOptions } from "../check.ts";
import { answerOf, type UnixServer, unixServers } from "./addresses.ts";
import { moveRepair } from "./binding.ts";

const SYMPTOM = "permission denied: ctl cannot connect to the daemon";

/** A user who should be able to use the socket has no permission. */
export const NO_PERMISSION = check("SOCK-004", (facts) => {
  if (facts.caller.uid !== 0) {
    return facts.servers.map(({ kind, url }) => {
      const path = kind === "denied" ? socketPathOf(url) : null;
      return path === null ? null : deniedFinding(path, facts);
    });
  }
  return unixServers(facts).map((server) => {
    const isServed = answerOf(server, facts)?.daemon !== null;
    const seen = facts.probe.look(server.path);
    if (!isServed || !seen.ok || seen.kind !== "socket") return null;
    return groupFinding(server, seen, facts);
  });
});

function deniedFinding(path: string, facts: DoctorFacts): Finding {
  const { caller, probe } = facts;
  const server = unixServers(facts).find((one) => one.path === path) ?? null;
  const pathProblem = firstPathProblem(path, "connect", caller, probe);
  const isNew = server !== null && isMemberByNow(server, facts);
  return finding("error", path, {
    symptom: SYMPTOM,
    cause: isNew
      ? `${caller.name} was added to the socket's group after this login.`
      : `${caller.name} has no permission to use the socket of the daemon.`,
    evidence: [
      pathProblem === null
        ? "owners and modes allow it; SELinux, AppArmor or an ACL may deny it"
        : describePathProblem(pathProblem, caller.uid, probe),
      `${caller.name} is ${inGroups(caller.gids, probe)}`,
    ],
    place: server === null ? null : optionPlace(facts.config, server.section, "chmod"),
    repair: isNew
      ? byHand("Log in again, or start a shell with the group")
      : deniedRepair(server, path, pathProblem, facts),
  });
}

/** The user is a member according to the accounts, but not yet in this session. */
function isMemberByNow({ owner }: UnixServer, { caller, probe }: DoctorFacts): boolean {
  if (owner === null || owner.gid < 0 || caller.gids.includes(owner.gid)) return false;
  return probe.groupsOf(caller.name).includes(owner.gid);
}

/** The administrator decides who may control a daemon of root: only commands, no steps. */
function deniedRepair(
  server: UnixServer | null,
  socket: string,
  pathProblem: PathProblem | null,
  facts: DoctorFacts,
): Repair {
  const { caller, service, config, probe } = facts;
  if (pathProblem !== null && pathProblem.path !== (server?.path ?? pathProblem.path)) {
    // A directory on the way.
    const { path } = pathProblem;
    return byHand(`Use sudo, or give ${caller.name} search permission on the directory ${path}`, [
      `sudo ${shellLine(["setfacl", "-m", `u:${caller.name}:x`, path])}`,
    ]);
  }
  const seen = probe.look(socket);
  const gid = server?.owner?.gid ?? 0;
  const group = gid > 0 ? probe.group(gid)?.name : undefined;
  const name = group ?? probe.group(service.name)?.name ?? service.name;
  const join = `sudo usermod -aG ${shellWord(name)} ${shellWord(caller.name)}   # then log in again`;
  const make = probe.group(name) === null ? [`sudo groupadd --system ${shellWord(name)}`] : [];
  const isOpen = group !== undefined && seen.ok && (seen.mode & 0o020) !== 0;
  if (isOpen || server === null) {
    const advice = `Use sudo, or add ${caller.name} to the group ${name}, whose members control the daemon`;
    return byHand(advice, [...make, join]);
  }
  const changes = [
    { section: server.section, key: "chmod", value: "0770" },
    { section: server.section, key: "chown", value: `root:${name}` },
  ];
  const path = shellWord(server.path);
  return byHand(
    `Use sudo, or open the socket to the group ${name} and add ${caller.name} to it; its members control the daemon`,
    [
      ...make,
      ...describeChanges(config, changes),
      `sudo chgrp ${shellWord(name)} ${path} && sudo chmod 0770 ${path}`,
      join,
    ],
  );
}

// Whether members of the socket's group can use the socket, and the repair if they cannot.

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** The first thing that denies members of the group access. */
function groupFinding(server: UnixServer, seen: Seen, facts: DoctorFacts): Finding | null {
  const gid = groupOf(server, facts);
  const isKeptOut = gid !== null && (server.mode & GROUP_WRITES) === 0;
  const hindrance = isKeptOut
    ? keptOut(server, gid, seen, facts)
    : (closerThanConfigured(server, seen, facts.probe) ?? blockedWay(server, gid, facts));
  if (hindrance === null) return null;
  const { subject = server.path, ...about } = hindrance;
  const place = optionPlace(facts.config, server.section, "chmod");
  return finding("warning", subject, { symptom: SYMPTOM, place, ...about });
}

type Hindrance = Pick<Finding, "cause" | "evidence" | "repair"> & { readonly subject?: string };

/** The group of chown=, if it is meant to have access: with another owner than the daemon, only the owner may be meant. */
function groupOf({ owner }: UnixServer, facts: DoctorFacts): number | null {
  if (owner === null || owner.gid < 0) return null;
  const daemon = daemonAccount(facts);
  const isOwnersOwn = owner.uid >= 0 && owner.uid !== daemon.uid;
  return isOwnersOwn || owner.gid === daemon.gids[0] ? null : owner.gid;
}

/** chown= names a group, but chmod= denies it access. */
function keptOut(
  server: UnixServer,
  gid: number,
  seen: Seen,
  { config, probe }: DoctorFacts,
): Hindrance {
  const { path, section } = server;
  const mode = server.mode | 0o060;
  const change = { section, key: "chmod", value: octalMode(mode) };
  const name = probe.group(gid)?.name ?? String(gid);
  return {
    cause: `chown gives the socket to the group ${name}, but chmod=${octalMode(server.mode)} denies its members access.`,
    evidence: [`${path} is ${ownership(seen, probe)}`],
    repair: repair(
      `Open the socket to the group ${name}`,
      fix.options(config, [change], probe),
      socketFix(path, seen, { mode, uid: seen.uid, gid }, probe),
    ),
  };
}

/** The permissions of the socket were changed by hand, or those in the configuration since the daemon started. */
function closerThanConfigured(server: UnixServer, seen: Seen, probe: Probe): Hindrance | null {
  const { owner, mode, path } = server;
  const lacking = mode & ~seen.mode & (GROUP_WRITES | OTHERS_WRITE);
  const isOthersGroup = owner !== null && owner.gid >= 0 && owner.gid !== seen.gid;
  const isOpenToGroup = (mode & GROUP_WRITES) !== 0;
  if (lacking === 0 && !(isOthersGroup && isOpenToGroup)) return null;
  const uid = owner !== null && owner.uid >= 0 ? owner.uid : seen.uid;
  const gid = owner !== null && owner.gid >= 0 ? owner.gid : seen.gid;
  return {
    cause: `The socket is ${ownership(seen, probe)}, but ${ownership({ uid, gid, mode }, probe)} in the configuration: it was changed by hand, or the daemon was started with another configuration.`,
    evidence: [`${path} is ${ownership(seen, probe)}`],
    repair: repair(
      "Set the owner and mode of the configuration",
      socketFix(path, seen, { mode, uid, gid }, probe),
    ),
  };
}

/** A directory of the path that members of the group cannot enter. */
function blockedWay(server: UnixServer, gid: number | null, facts: DoctorFacts): Hindrance | null {
  const { probe } = facts;
  const { path, mode } = server;
  if (gid === null || (mode & GROUP_WRITES) === 0) return null;
  const pathProblem = firstPathProblem(path, "connect", { uid: -1, gids: [gid] }, probe);
  const seen = pathProblem?.seen ?? null;
  if (pathProblem === null || seen === null || pathProblem.path === path) return null;
  const blocked = pathProblem.path;
  const as = blocked === facts.service.layout.runDirectory ? "A" : "B";
  return {
    // A subject other than the socket, because both may be wrong.
    subject: blocked,
    cause: `Members of the group ${probe.group(gid)?.name ?? gid} may use the socket, but cannot reach it.`,
    evidence: [describePathProblem({ ...pathProblem, lacks: null }, -1, probe)],
    // Only the directory of the socket may be opened; those above it contain other files, too.
    repair:
      blocked === dirname(path)
        ? repair(
            `Give others search permission on ${blocked}`,
            fix.access(as, blocked, seen, { ...seen, mode: seen.mode | 0o011 }, probe),
          )
        : moveRepair(server, facts),
  };
}

/**
 * Changes the existing socket, so that nothing has to be restarted; manual if another user could replace it with a symlink
 * meanwhile.
 */
export function socketFix(path: string, seen: Seen, wanted: Access, probe: Probe): Fix {
  const directory = probe.look(dirname(path));
  const isClosed = directory.ok && (directory.mode & 0o022) === 0;
  const isSticky = directory.ok && (directory.mode & 0o1000) !== 0 && seen.uid === 0;
  const isRoots = directory.ok && directory.uid === 0 && probe.linkTarget(path) === null;
  if (!isRoots || (!isClosed && !isSticky)) {
    return fix.manual(
      shellLine(["chown", "-h", probe.ownerName(wanted.uid, wanted.gid), path]),
      shellLine(["chmod", octalMode(wanted.mode), path]),
    );
  }
  const change = fix.access("B", path, seen, wanted, probe);
  return change.commands.length === 0 ? fix.also() : change;
}

export const SOCKET_ACCESS = check("SOCK-012", (facts) => {
  const bad = facts.config.problems.filter(
    ({ code, severity }) => code === "SOCK-012" && severity === "error",
  );
  return [
    bad.map((problem) => invalid(problem, facts)),
    unixServers(facts).map((server) => forbidden(server, facts)),
  ];
});

function invalid(problem: CheckProblem, facts: DoctorFacts): Finding {
  const { section, key, message, file, line } = problem;
  const isMode = key === "chmod";
  const written = section === null ? null : writtenValue(facts.config, section, key ?? "");
  const value = isMode ? meantMode(written ?? "") : meantOwner(written ?? "", facts);
  const lost = isMode ? null : lostGroup(written ?? "", facts);
  return finding("error", `[${section ?? ""}] ${key ?? ""}`, {
    symptom: printable(message),
    cause: isMode
      ? "The mode of the socket is not an octal number."
      : "This host has no such user or group for the socket.",
    evidence: written === null ? [] : [printable(`${key ?? ""} = ${written}`)],
    place: { file, line, section, key },
    repair: lost === null ? change(section ?? "", key ?? "", value, facts) : makeGroup(lost),
  });
}

/** The group of the service, which existed when it was installed. */
function lostGroup(written: string, { service, probe }: DoctorFacts): string | null {
  const name = written.split(":")[1]?.trim() ?? "";
  const own = service.manifest?.group ?? service.name;
  return service.file !== null && name === own && probe.group(name) === null ? name : null;
}

function makeGroup(name: string): Repair {
  const command = `groupadd --system ${name}   # then add its members: usermod -aG ${name} USER`;
  const step = repairStep({ kind: "group", name }, "missing", `group ${name}`);
  return repair(
    `Create the group ${name} again, which was created with the service`,
    fix.steps("B", [command], [step]),
  );
}

function change(section: string, key: string, value: string, facts: DoctorFacts): Repair {
  const advice = `Write ${key}=${value}`;
  if (isPlainValue(value)) return setOptions(advice, section, { [key]: value }, facts);
  return byHand(advice, describeChanges(facts.config, [{ section, key, value }]));
}

/** Interprets "0o770" and "rwxrwx---"; anything else becomes 0700. */
export function meantMode(text: string): string {
  const octal = /^0o([0-7]{3,4})$/i.exec(text.trim())?.[1];
  if (octal !== undefined) return octal.padStart(4, "0");
  if (!/^s?(?:[r-][w-][x-]){3}$/.test(text.trim())) return "0700";
  const bits = Array.from(text.trim().slice(-9), (letter) => (letter === "-" ? "0" : "1"));
  return octalMode(Number.parseInt(bits.join(""), 2));
}

function meantOwner(text: string, facts: DoctorFacts): string {
  const { probe } = facts;
  const [user = "", group] = text.trim().split(":");
  const users = names("/etc/passwd", probe);
  const groups = names("/etc/group", probe);
  const meant = (name: string, all: readonly string[]): string | null =>
    all.includes(name) || /^\d+$/.test(name) ? name : closest(name, all);
  const meantUser = meant(user, users);
  const meantGroup = group === undefined ? "" : meant(group, groups);
  if (meantUser === null || meantGroup === null) {
    const { uid } = daemonAccount(facts);
    return probe.user(uid)?.name ?? String(uid);
  }
  return meantGroup === "" ? meantUser : `${meantUser}:${meantGroup}`;
}

function names(file: string, probe: Probe): readonly string[] {
  return fieldsOf(probe.readText(file) ?? "").flatMap(([name]) => name ?? []);
}

/** Only root can change the owner of files. */
function forbidden(server: UnixServer, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const { owner, path, section } = server;
  const { uid, gids } = daemonAccount(facts);
  if (owner === null || uid === 0) return null;
  const isUserFine = owner.uid < 0 || owner.uid === uid;
  const isGroupFine = owner.gid < 0 || gids.includes(owner.gid);
  if (isUserFine && isGroupFine) return null;
  const who = userName(uid, probe);
  // Its members keep the socket if the daemon becomes one of them.
  const joining = joiningOf({ uid, gids }, facts);
  const joined = joining?.gid === owner.gid ? joining : null;
  // The group that the configuration names, if the daemon is or becomes its member.
  const known = isGroupFine && owner.gid >= 0 ? probe.group(owner.gid)?.name : undefined;
  const group = joined?.group ?? known;
  const user = probe.user(uid)?.name ?? String(uid);
  const value = group === undefined ? user : `${user}:${group}`;
  const setting = change(section, "chown", value, facts);
  return finding("error", `[${section}] chown`, {
    symptom: `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config file`,
    cause: `The daemon runs as ${who}: only root can change the owner of a file, and other users can only set their own groups.`,
    evidence: [
      `chown requires ${probe.ownerName(owner.uid, owner.gid)}; ${who} is ${inGroups(gids, probe)}`,
    ],
    place: optionPlace(facts.config, section, "chown"),
    // The daemon's user is added to the group before the configuration names both.
    repair:
      joined === null || setting.steps.length === 0
        ? setting
        : repair(
            `${setting.advice}, and ${joined.step.will}`,
            fix.steps("B", [joined.command], [joined.step]),
            fix.steps("B", setting.commands, setting.steps),
          ),
  });
}
