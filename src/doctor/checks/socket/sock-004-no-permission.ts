// SOCK-004: a user who should be able to use the socket has no permission.

import { socketPathOf } from "../../../core/config/server-url.ts";
import { describeObstacle, firstObstacle, type Obstacle } from "../../facts/access.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { inGroups } from "../../repairs/ownership.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { answerOf, type UnixServer, unixServers } from "./control-sockets.ts";
import { groupFindings } from "./socket-group.ts";

export const NO_PERMISSION = defineCheck({
  code: "SOCK-004",
  area: "socket",
  title: "no permission to use the socket",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "`error: <class 'PermissionError'>, [Errno 13] Permission denied` from ctl, while it works with sudo.",
    cause:
      "A user with write permission on the socket controls the daemon, which is equivalent to root access if the daemon runs as root. Therefore the socket belongs to root alone, unless the configuration opens it to a group with `chown=root:GROUP` and `chmod=0770`. The group also needs permission to enter each directory of the path. Doctor also finds a group in the configuration whose access the mode denies, a directory that the members of the group cannot enter, and a socket with stricter permissions than configured. A new group membership applies from the next login.",
    repair:
      "After you confirm, doctor opens the socket to the group in the configuration: in the configuration, on the existing socket and on the directories of its path. To add a user to the group, run `sudo usermod -aG GROUP NAME`; the user has to log in again. Do not use `chmod 777`: it gives every user and every compromised program root access (SEC-007).",
  },
  look(situation, probe) {
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
});

function deniedFinding(path: string, situation: Situation, probe: Probe): Finding {
  const { caller } = situation;
  const server = unixServers(situation).find((one) => one.path === path) ?? null;
  const seen = probe.look(path);
  const obstacle = firstObstacle(path, "connect", caller, probe);
  const isNew = server !== null && isMemberByNow(server, situation, probe);
  return {
    severity: "error",
    subject: path,
    symptom: "error: <class 'PermissionError'>, [Errno 13] Permission denied",
    cause: isNew
      ? `${caller.name} was added to the socket's group after this login.`
      : `${caller.name} has no permission to use the socket of the daemon.`,
    evidence: [
      obstacle === null
        ? `owners and modes allow it; SELinux, AppArmor or an ACL may deny it`
        : describeObstacle(obstacle, caller.uid, probe),
      `${caller.name} is ${inGroups(caller.gids, probe)}`,
    ],
    place: server === null ? null : optionPlace(situation.config, server.section, "chmod"),
    repair: deniedRepair(server, seen.ok ? seen : null, isNew, obstacle, situation, probe),
  };
}

/** The user is a member according to the accounts, but not yet in this session. */
function isMemberByNow({ owner }: UnixServer, { caller }: Situation, probe: Probe): boolean {
  if (owner === null || owner.gid < 0 || caller.gids.includes(owner.gid)) return false;
  return probe.groupsOf(caller.name).includes(owner.gid);
}

/** A directory of the path denies the caller access. */
function openWay(
  { path, seen }: Obstacle,
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
  obstacle: Obstacle | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const { caller, service, config } = situation;
  const plain = { class: "C", steps: [] } as const;
  if (isNew) {
    return { ...plain, advice: "Log in again, or start a shell with the group", commands: [] };
  }
  if (obstacle !== null && obstacle.path !== (server?.path ?? obstacle.path)) {
    return openWay(obstacle, server, situation, probe);
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
