// SEC-004: users other than the daemon's can change what the daemon runs, or where it writes.

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
  title: "other users can change what the daemon runs",
  repairs: ["B", "C"],
  page: {
    symptom:
      "There is no symptom until it is exploited: an unprivileged user edits a file, and the daemon runs it, often as root.",
    cause:
      "Users other than root and the intended user can write to a file of the configuration, the directory of included files, the executable or script of a program, a log directory, or a directory of their paths. Doctor checks each path from the root and follows symlinks. It accepts users who can become root anyway (groups sudo, wheel, admin), groups without members such as Debian's `staff`, and sticky directories such as /tmp, where users cannot replace files of others. A log directory counts only if every user can write to it, because any user could then replace a log. A daemon that runs as root follows another user's symlink there only to files of that user. A daemon that runs as another user follows any symlink, and could be made to write to any file of its user.",
    repair:
      "After you confirm, doctor removes the write permission of these users, or gives a file of the configuration to root. It does not change files in home directories: move them to a directory that belongs to root, or run the program as that user with `user=`. On file systems without owners (vfat, NTFS, shared folders), set mount options such as `umask=022`.",
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
      if (weakness === null || (target.kind === "logs" && !weakness.isWorldWritable)) continue;
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
      : `${who} can run commands as ${users.join(" and ")} by changing ${path}`,
    cause: `${path} is ${ownership(seen, probe)}, and its contents are ${isLogs ? "opened" : "run"} as ${users.join(" and ")}.`,
    evidence: [
      `${path} is ${ownership(seen, probe)}`,
      ...(weakness.group !== null && weakness.group.length > 0
        ? [`members of its group: ${listSome(weakness.group)}`]
        : []),
      `it affects ${listSome(targets.map(({ what, path: of }) => `${what} (${of})`))}`,
    ],
    place: isConfig ? { file: path, line: null, section: null, key: null } : null,
    repair: repairFor({ weakness, targets }, situation, probe),
  };
}

/** A daemon of root does not follow symlinks of users to files of other users. */
function misuseOfLogs(
  who: string,
  { path }: Weakness,
  targets: readonly TamperTarget[],
  users: readonly string[],
): string {
  return targets.every(({ uid }) => uid === 0)
    ? `${who} can remove or replace the logs in ${path}`
    : `${who} can make the daemon write to any file of ${users.join(" and ")}, with a symlink in ${path}`;
}

function whoCan({ isWorldWritable, group, owner, seen }: Weakness, probe: Probe): string {
  if (isWorldWritable) return "every user of this machine";
  if (owner !== null) return owner.name ?? `the future owner of uid ${owner.uid}`;
  if (group === null) return `the group ${probe.group(seen.gid)?.name ?? seen.gid}`;
  return listSome(group);
}

/** A merely possible problem, or one that is usual in container images, is a note. */
function severityOf(
  { isWorldWritable, group, owner }: Weakness,
  { host, service }: Situation,
): Severity {
  if (isWorldWritable) return "warning";
  // This is usual in container images; a container that boots an init system counts as a machine.
  if (host.container !== null && service.init === null) return "info";
  const isKnown = (owner !== null && owner.name !== null) || (group !== null && group.length > 0);
  return isKnown ? "warning" : "info";
}

/** File systems without owners: the mount options determine the modes. */
const WITHOUT_OWNERS =
  /^(?:vfat|msdos|exfat|ntfs\w*|fuseblk|9p|drvfs|vboxsf|virtiofs|cifs|smb\w*)$/;
const FOR_EVERYBODY = new Set(["/tmp", "/var/tmp", "/dev/shm"]);

function repairFor({ weakness, targets }: Found, situation: Situation, probe: Probe): Repair {
  const { path, seen, owner, isWorldWritable, group } = weakness;
  const system = probe.fileSystem(path);
  if (system !== null && WITHOUT_OWNERS.test(system.type)) {
    const advice = `Mount ${system.mountPoint} (${system.type}) with umask=022 or similar, or move this to another file system`;
    return byHand(advice, [shellLine(["findmnt", system.mountPoint])]);
  }
  if (FOR_EVERYBODY.has(path) && owner === null) {
    const after = { uid: seen.uid, gid: seen.gid, mode: 0o1777 };
    return {
      class: "B",
      advice: `Set the sticky bit of ${path} again`,
      commands: [shellLine(["chmod", "1777", path])],
      steps: [ownStep(path, seen, after, probe)],
    };
  }
  const isConfig = targets.every(({ kind }) => kind === "configuration");
  const isItself = targets.some((target) => {
    const real = probe.realPath(target.path) ?? target.path;
    // Also its directory, whose owner can replace the file.
    return real === path || (dirname(real) === path && isOfTsv(path, situation));
  });
  if (owner !== null && !(isConfig && isItself && !isInHome(path, probe, owner.uid))) {
    return keepElsewhere({ weakness, targets }, situation, probe);
  }
  const isGroup = group === null || group.length > 0;
  const taken = (isWorldWritable ? 0o002 : 0) | (isGroup ? 0o020 : 0);
  const uid = owner === null ? seen.uid : 0;
  const after = { uid, gid: seen.gid, mode: seen.mode & ~taken };
  return {
    class: "B",
    advice:
      owner === null
        ? `Restrict write access to ${path} to its owner${isGroup ? "" : " and its group"}`
        : `Give ${path} to root`,
    commands: [
      ...(owner === null ? [] : [shellLine(["chown", "root", path])]),
      ...(taken === 0 ? [] : [shellLine(["chmod", octalMode(after.mode), path])]),
    ],
    steps: [ownStep(path, seen, after, probe)],
  };
}

/** Directories of the configuration contain nothing else. */
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
  const where = isProgram ? "a directory of root, such as /usr/local/lib" : configDirectory;
  const asUser =
    isProgram && name !== null ? `Run it as ${name} (user=${name}), or move it to ` : "Move it to ";
  const [target] = targets;
  return byHand(`${asUser}${where}`, [
    shellLine(["namei", "-l", probe.realPath(target?.path ?? "") ?? weakness.path]),
  ]);
}
