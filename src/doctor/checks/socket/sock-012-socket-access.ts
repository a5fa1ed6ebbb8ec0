// SOCK-012: chmod= or chown= of a server that is invalid or not permitted.

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/file-mode.ts";
import { printable } from "../../../core/base/printable.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { type Joining, joiningOf } from "../../repairs/join-group.ts";
import {
  changeOptions,
  describeChanges,
  isPlainValue,
  optionPlace,
  writtenValue,
} from "../../repairs/option-edits.ts";
import { inGroups, userName } from "../../repairs/ownership.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { type UnixServer, unixServers } from "./control-sockets.ts";

export const SOCKET_ACCESS = defineCheck({
  code: "SOCK-012",
  area: "socket",
  title: "invalid owner or mode of a socket",
  repairs: ["B"],
  page: {
    symptom:
      '`Invalid sockchown value tvs:tsv`, `Invalid chmod value rwxrwx---`, or `Not permitted to chown /run/x.sock to uid/gid (0, 33); adjust "sockchown" value in config file`. The daemon does not start.',
    cause:
      "`chmod` in `[unix_http_server]` has to be an octal number such as 0770, and `chown` an existing user, or an existing user and group separated by a colon. A daemon that does not run as root can only own the socket itself and choose among its own groups.",
    repair:
      "After you confirm, doctor writes the most similar existing name, or the daemon's own user if there is none; for a mode it writes 0700, which denies access to all other users. If the socket belongs to the group of the service, doctor adds the daemon's user to that group, so that its members can still use the socket. To open the socket again, set `chmod=0770` and `chown=root:GROUP`.",
  },
  look(situation, probe) {
    const bad = situation.config.problems.filter(
      ({ code, severity }) => code === "SOCK-012" && severity === "error",
    );
    return [
      ...bad.map((problem) => invalid(problem, situation, probe)),
      ...unixServers(situation).flatMap((server) => forbidden(server, situation, probe)),
    ];
  },
});

function invalid(problem: CheckProblem, situation: Situation, probe: Probe): Finding {
  const { section, key, message, file, line } = problem;
  const isMode = key === "chmod";
  const written = section === null ? null : writtenValue(situation.config, section, key ?? "");
  const value = isMode ? meantMode(written ?? "") : meantOwner(written ?? "", situation, probe);
  const lost = isMode ? null : lostGroup(written ?? "", situation, probe);
  return {
    severity: "error",
    subject: `[${section ?? ""}] ${key ?? ""}`,
    symptom: printable(message),
    cause: isMode
      ? "The mode of the socket is not an octal number."
      : "This host has no such user or group for the socket.",
    evidence: written === null ? [] : [printable(`${key ?? ""} = ${written}`)],
    place: { file, line, section, key },
    repair:
      lost === null ? change(section ?? "", key ?? "", value, situation, probe) : makeGroup(lost),
  };
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
  const steps = isPlainValue(value) ? changeOptions(config, changes, probe) : null;
  return {
    class: steps === null ? "C" : "B",
    advice: `Write ${key}=${value}`,
    commands: describeChanges(config, changes),
    steps: steps ?? [],
  };
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
    {
      severity: "error",
      subject: `[${section}] chown`,
      symptom: `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config file`,
      cause: `The daemon runs as ${who}: only root can change the owner of a file, and other users can only set their own groups.`,
      evidence: [
        `chown requires ${probe.ownerName(owner.uid, owner.gid)}; ${who} is ${inGroups(account.gids, probe)}`,
      ],
      place: optionPlace(situation.config, section, "chown"),
      repair: joinFirst(joined, change(section, "chown", value, situation, probe)),
    },
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
