// SEC-004: others than the daemon's user may change what the daemon runs, or where it writes.

import { octalMode } from "../../../core/base/file-mode.ts";
import { dirname } from "../../../core/config/paths.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { listSome } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { createTamperJudge, type Weakness } from "../../facts/tamper.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { configTargets, logTargets, programTargets, type TamperTarget } from "./tamper-targets.ts";

export const WRITABLE_BY_OTHERS = defineCheck({
  code: "SEC-004",
  area: "security",
  title: "others may change what the daemon runs",
  page: {
    symptom:
      "Nothing is to be seen until it is used: a user without rights edits a file, and the daemon runs it, often as root.",
    cause:
      "A file of the configuration, the directory of included files, a program's file or script, a directory of logs, or a directory on the way to one of them may be written to by others than root and the user it is for. Doctor walks each path from the root and follows links. It takes no offence at users who may become root anyway (groups sudo, wheel, admin), at groups without members such as Debian's `staff`, and at sticky directories such as /tmp, where nobody can replace the files of others. A directory of logs counts only when everybody may write to it: anybody could take a log away, or put something else in its place. There a daemon of root's follows a user's link only to what is that user's; one of another user follows any, and could be made to write to any file of that user's.",
    repair:
      "Doctor takes the permission to write away from those who should not have it, or gives a file of the configuration to root, after a yes. What lies in somebody's home stays as it is: move it to a place of root's, or let the program run as that user with `user=`. On file systems without owners (vfat, NTFS, shared folders) the options of the mount decide, such as `umask=022`.",
  },
  look(situation, probe) {
    if (readConfig(situation) === null) return [];
    const { uid } = daemonAccount(situation, probe);
    const judge = createTamperJudge(probe);
    const found = new Map<
      string,
      { readonly weakness: Weakness; readonly targets: TamperTarget[] }
    >();
    const targets = [
      ...configTargets(situation, uid),
      ...programTargets(situation, probe),
      ...logTargets(situation, uid, probe),
    ];
    for (const target of targets) {
      const weakness = judge(target);
      if (weakness === null || (target.kind === "logs" && !weakness.everybody)) continue;
      const there = found.get(weakness.path) ?? { weakness, targets: [] };
      there.targets.push(target);
      found.set(weakness.path, there);
    }
    return Array.from(found.values(), (one) => weak(one, situation, probe));
  },
});

interface Found {
  readonly weakness: Weakness;
  readonly targets: readonly TamperTarget[];
}

function weak({ weakness, targets }: Found, situation: Situation, probe: Probe): Finding {
  const { path, seen } = weakness;
  const users = Array.from(new Set(targets.map(({ uid }) => userName(uid, probe))));
  const isConfig = targets.some(({ kind }) => kind === "configuration");
  const isLogs = targets.every(({ kind }) => kind === "logs");
  const who = whoCan(weakness, probe);
  return {
    severity: severityOf(weakness, situation),
    subject: path,
    symptom: isLogs
      ? misuseOfLogs(who, weakness, targets, users)
      : `${who} can have commands run as ${users.join(" and ")} by changing ${path}`,
    cause: `${path} is ${ownership(seen, probe)}, and what lies there is ${isLogs ? "opened" : "run"} as ${users.join(" and ")}.`,
    evidence: [
      `${path} is ${ownership(seen, probe)}`,
      ...(weakness.group !== null && weakness.group.length > 0
        ? [`members of its group: ${listSome(weakness.group)}`]
        : []),
      `it decides about ${listSome(targets.map(({ what, path: of }) => `${what} (${of})`))}`,
    ],
    place: isConfig ? { file: path, line: null, section: null, key: null } : null,
    repair: repairFor({ weakness, targets }, situation, probe),
  };
}

/** Root's daemon does not follow the links of users to what is not theirs. */
function misuseOfLogs(
  who: string,
  { path }: Weakness,
  targets: readonly TamperTarget[],
  users: readonly string[],
): string {
  return targets.every(({ uid }) => uid === 0)
    ? `${who} can take away or replace the logs in ${path}`
    : `${who} can make the daemon write to any file of ${users.join(" and ")}, by a link in ${path}`;
}

function whoCan({ everybody, group, owner, seen }: Weakness, probe: Probe): string {
  if (everybody) return "every user of this machine";
  if (owner !== null) return owner.name ?? `whoever gets uid ${owner.uid}`;
  if (group === null) return `the group ${probe.group(seen.gid)?.name ?? seen.gid}`;
  return listSome(group);
}

/** What only could be, or is the way images are built, is a remark. */
function severityOf({ everybody, group, owner }: Weakness, { host, service }: Situation): Severity {
  if (everybody) return "warning";
  // Images are built so; a container that boots an init system is a machine to those who use it.
  if (host.container !== null && service.init === null) return "info";
  const isKnown = (owner !== null && owner.name !== null) || (group !== null && group.length > 0);
  return isKnown ? "warning" : "info";
}

/** Without owners of their own: modes come from the options of the mount. */
const WITHOUT_OWNERS =
  /^(?:vfat|msdos|exfat|ntfs\w*|fuseblk|9p|drvfs|vboxsf|virtiofs|cifs|smb\w*)$/;
const FOR_EVERYBODY = new Set(["/tmp", "/var/tmp", "/dev/shm"]);

function repairFor({ weakness, targets }: Found, situation: Situation, probe: Probe): Repair {
  const { path, seen, owner, everybody, group } = weakness;
  const system = probe.fileSystem(path);
  if (system !== null && WITHOUT_OWNERS.test(system.type)) {
    const advice = `Mount ${system.mountPoint} (${system.type}) with umask=022 or the like, or keep this elsewhere`;
    return byHand(advice, [shellLine(["findmnt", system.mountPoint])]);
  }
  if (FOR_EVERYBODY.has(path) && owner === null) {
    const after = { uid: seen.uid, gid: seen.gid, mode: 0o1777 };
    return {
      class: "B",
      advice: `Make ${path} sticky again`,
      commands: [shellLine(["chmod", "1777", path])],
      steps: [ownStep(path, seen, after, probe)],
    };
  }
  const isConfig = targets.every(({ kind }) => kind === "configuration");
  const isItself = targets.some((target) => {
    const real = probe.realPath(target.path) ?? target.path;
    // Also the directory that holds it: who owns that replaces the file.
    return real === path || (dirname(real) === path && isOfTsv(path, situation));
  });
  if (owner !== null && !(isConfig && isItself && !isInHome(path, probe, owner.uid))) {
    return keepElsewhere({ weakness, targets }, situation, probe);
  }
  const isGroup = group === null || group.length > 0;
  const taken = (everybody ? 0o002 : 0) | (isGroup ? 0o020 : 0);
  const uid = owner === null ? seen.uid : 0;
  const after = { uid, gid: seen.gid, mode: seen.mode & ~taken };
  return {
    class: "B",
    advice:
      owner === null
        ? `Let only its owner${isGroup ? "" : " and its group"} write to ${path}`
        : `Give ${path} to root`,
    commands: [
      ...(owner === null ? [] : [shellLine(["chown", "root", path])]),
      ...(taken === 0 ? [] : [shellLine(["chmod", octalMode(after.mode), path])]),
    ],
    steps: [ownStep(path, seen, after, probe)],
  };
}

/** Directories of the configuration hold nothing else. */
function isOfTsv(path: string, { service }: Situation): boolean {
  const { configDirectory, includeDirectory } = service.layout;
  return path === configDirectory || path === includeDirectory;
}

function isInHome(path: string, probe: Probe, uid: number): boolean {
  const home = probe.user(uid)?.home ?? "";
  return home.length > 1 && (path === home || path.startsWith(`${home}/`));
}

function keepElsewhere({ weakness, targets }: Found, situation: Situation, probe: Probe): Repair {
  const name = weakness.owner?.name ?? null;
  const isProgram = targets.every(({ kind }) => kind === "program");
  const { configDirectory } = situation.service.layout;
  const where = isProgram ? "a directory of root's, such as /usr/local/lib" : configDirectory;
  const asUser =
    isProgram && name !== null ? `Run it as ${name} (user=${name}), or keep it in ` : "Keep it in ";
  const [target] = targets;
  return byHand(`${asUser}${where}`, [
    shellLine(["namei", "-l", probe.realPath(target?.path ?? "") ?? weakness.path]),
  ]);
}
