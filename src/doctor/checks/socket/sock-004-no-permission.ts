// SOCK-004: somebody who should be able to use the socket may not.

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
  title: "socket that may not be used",
  page: {
    symptom:
      "`error: <class 'PermissionError'>, [Errno 13] Permission denied` from ctl, which works with sudo.",
    cause:
      "Whoever may write to the socket commands the daemon, and with a daemon of root that is as good as being root: so the socket belongs to root alone unless the configuration opens it to a group, by `chown=root:GROUP` together with `chmod=0770`. Each directory on the way must let the group through, too. Doctor also finds a group that the configuration names and its mode keeps out, a directory that stops the group's members, and a socket that is closer than the configuration says. A membership counts from the next login on.",
    repair:
      "After a yes doctor opens the socket to the group that the configuration names: in the configuration, on the socket that is there and on the way to it. To let a person into the group is yours: `sudo usermod -aG GROUP NAME`, then a new login. Do not use `chmod 777`, which makes every user and every broken program of this host root (SEC-007).",
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
      ? `${caller.name} is a member of the socket's group since after this login.`
      : `${caller.name} may not use the socket of the daemon.`,
    evidence: [
      obstacle === null
        ? `owners and modes allow it: a rule of SELinux or AppArmor, or an access list, may not`
        : describeObstacle(obstacle, caller.uid, probe),
      `${caller.name} is ${inGroups(caller.gids, probe)}`,
    ],
    place: server === null ? null : optionPlace(situation.config, server.section, "chmod"),
    repair: deniedRepair(server, seen.ok ? seen : null, isNew, obstacle, situation, probe),
  };
}

/** The accounts say so, and the session does not know it yet. */
function isMemberByNow({ owner }: UnixServer, { caller }: Situation, probe: Probe): boolean {
  if (owner === null || owner.gid < 0 || caller.gids.includes(owner.gid)) return false;
  return probe.groupsOf(caller.name).includes(owner.gid);
}

/** The socket may be open to the caller; a directory on the way is not. */
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
    advice: `Use sudo, or let ${isOfGroup || group === undefined ? caller.name : `the group ${group}`} through the directory ${path}`,
    commands: command,
    steps: [],
  };
}

/** Who may command a daemon of root is for a person to decide: commands alone. */
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
    return { ...plain, advice: "Log in again, or begin a shell with the group", commands: [] };
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
    const advice = `Use sudo, or let ${caller.name} into the group ${name}, whose members command the daemon`;
    return { ...plain, advice, commands: [...make, join] };
  }
  const changes = [
    { section: server.section, key: "chmod", value: "0770" },
    { section: server.section, key: "chown", value: `root:${name}` },
  ];
  const path = shellWord(server.path);
  return {
    ...plain,
    advice: `Use sudo, or open the socket to the group ${name} and let ${caller.name} into it; its members command the daemon`,
    commands: [
      ...make,
      ...describeChanges(config, changes),
      `sudo chgrp ${shellWord(name)} ${path} && sudo chmod 0770 ${path}`,
      join,
    ],
  };
}
