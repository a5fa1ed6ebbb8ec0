// SOCK-012: chmod= or chown= of a server that the daemon cannot do.

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/file-mode.ts";
import { printable } from "../../../core/base/printable.ts";
import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
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
  title: "owner or mode that a socket cannot get",
  page: {
    symptom:
      '`Invalid sockchown value tvs:tsv`, `Invalid chmod value rwxrwx---`, or `Not permitted to chown /run/x.sock to uid/gid (0, 33); adjust "sockchown" value in config file`. The daemon does not start.',
    cause:
      "`chmod` in `[unix_http_server]` is an octal number such as 0770, and `chown` is a user, or a user and a group with a colon between them, that exist on this host. A daemon that does not run as root can only leave its socket to itself, and choose among its own groups.",
    repair:
      "After a yes doctor writes the name that was probably meant, where one is near, else the daemon's own user, and for a mode 0700, which lets nobody else in. Open it again with `chmod=0770` and `chown=root:GROUP`.",
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
      ? "The mode of the socket is no octal number."
      : "The user or group that the socket is to belong to is not known on this host.",
    evidence: written === null ? [] : [printable(`${key ?? ""} = ${written}`)],
    place: { file, line, section, key },
    repair:
      lost === null ? change(section ?? "", key ?? "", value, situation, probe) : makeGroup(lost),
  };
}

/** The group of the service itself, which was there when it was installed. */
function lostGroup(written: string, { service }: Situation, probe: Probe): string | null {
  const name = written.split(":")[1]?.trim() ?? "";
  const own = service.manifest?.group ?? service.name;
  return service.file !== null && name === own && probe.group(name) === null ? name : null;
}

function makeGroup(name: string): Repair {
  const step = { kind: "group", name } as const;
  return {
    class: "B",
    advice: `Make the group ${name} again, which was made with the service`,
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

/** "0o770" and "rwxrwx---" are understood; anything else becomes the mode that lets nobody else in. */
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

/** Only root gives files away. */
function forbidden(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { owner, path, section } = server;
  const account = daemonAccount(situation, probe);
  if (owner === null || account.uid === 0) return [];
  const isUserFine = owner.uid < 0 || owner.uid === account.uid;
  const isGroupFine = owner.gid < 0 || account.gids.includes(owner.gid);
  if (isUserFine && isGroupFine) return [];
  const who = userName(account.uid, probe);
  const value = probe.user(account.uid)?.name ?? String(account.uid);
  return [
    {
      severity: "error",
      subject: `[${section}] chown`,
      symptom: `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config file`,
      cause: `The daemon runs as ${who}: only root gives files away, and others may choose among their own groups.`,
      evidence: [
        `chown asks for ${probe.ownerName(owner.uid, owner.gid)}; ${who} is ${inGroups(account.gids, probe)}`,
      ],
      place: optionPlace(situation.config, section, "chown"),
      repair: change(section, "chown", value, situation, probe),
    },
  ];
}
