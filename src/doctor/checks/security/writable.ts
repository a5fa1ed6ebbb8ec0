// SEC-004: users other than the daemon's can change what the daemon runs, or where it writes.

import { absolutePath, dirname } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { daemonAccount, ownership, readConfig, userName } from "../../facts/access.ts";
import { includePatterns } from "../../facts/config-facts.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { listSome, logUses } from "../../facts/logs.ts";
import { createTamperJudge, type Weakness } from "../../facts/path-trust.ts";
import type { Probe } from "../../facts/probe.ts";
import {
  absoluteFile,
  programFinder,
  type Supervised,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, groupBy } from "../check.ts";

export const WRITABLE_BY_OTHERS = check("SEC-004", (facts) => {
  if (readConfig(facts) === null) return null;
  const { uid } = daemonAccount(facts);
  const judge = createTamperJudge(facts.probe);
  const weaknesses: { readonly weakness: Weakness; readonly target: TamperTarget }[] = [];
  const targets = [
    ...configTargets(facts, uid),
    ...recordTargets(facts),
    ...programTargets(facts),
    ...logTargets(facts, uid),
  ];
  for (const target of targets) {
    const weakness = judge(target);
    if (weakness === null || (target.kind === "logs" && !weakness.isWorldWritable)) continue;
    weaknesses.push({ weakness, target });
  }
  const groups = groupBy(weaknesses, ({ weakness }) => weakness.path);
  return Array.from(groups.values(), (group) => {
    const of = group.map(({ target }) => target);
    return weak(group[0].weakness, of, facts);
  });
});

/** A file or directory that the daemon trusts because it determines what the daemon runs. */
interface TamperTarget {
  readonly path: string;
  readonly kind: "configuration" | "program" | "logs";
  /** For messages: "the configuration", "the program web". */
  readonly what: string;
  /** The users, in addition to root, who may change it. */
  readonly trusted: readonly number[];
  readonly isContainer: boolean;
  /** The user whose actions it determines. */
  readonly uid: number;
}

/** Files of the configuration, and directories of included files. */
function configTargets(facts: DoctorFacts, uid: number): readonly TamperTarget[] {
  const { config, caller } = facts;
  if (config.path === null) return [];
  const main = absolutePath(config.path, caller.cwd);
  const common = { kind: "configuration", trusted: [uid], uid } as const;
  const files = new Set([main, ...config.files.map((file) => absolutePath(file, caller.cwd))]);
  const targets: TamperTarget[] = Array.from(files, (path) => ({
    ...common,
    path,
    what: path === main ? "the configuration" : "an included file",
    isContainer: false,
  }));
  const directories = new Set(includePatterns(facts).map(({ path }) => dirname(path)));
  for (const path of Array.from(directories).filter((path) => !/[%*?[]/.test(path))) {
    targets.push({ ...common, path, what: "the directory of included files", isContainer: true });
  }
  return targets;
}

/** The state directory: the installer and the undo of repairs believe the records in it. */
function recordTargets({ service, caller }: DoctorFacts): readonly TamperTarget[] {
  const uid = service.scope === "user" ? caller.uid : 0;
  const { stateDirectory: path } = service.layout;
  const what = "the records of tsv";
  return [{ path, kind: "configuration", what, trusted: [uid], isContainer: true, uid }];
}

/** Log directories. The daemon opens files there; unless it runs as root, it follows all symlinks. */
function logTargets(facts: DoctorFacts, uid: number): readonly TamperTarget[] {
  const directories = new Set(
    logUses(facts)
      .filter(({ path }) => !/^\/(?:dev|proc)\//.test(path))
      .map(({ path }) => dirname(path)),
  );
  return Array.from(directories, (path) => ({
    path,
    kind: "logs",
    what: "a log directory",
    trusted: [uid],
    // A sticky directory protects existing files; the kernel protects against new symlinks (protected_symlinks).
    isContainer: false,
    uid,
  }));
}

const INTERPRETER =
  /(?:^|\/)(?:python|pypy|node|ruby|perl|php|(?:ba|da|z|k)?sh|java|deno|bun)[\d.]*$/;

/** Executables, and the scripts of interpreters. */
function programTargets(facts: DoctorFacts): readonly TamperTarget[] {
  const find = programFinder(facts);
  return supervisedPrograms(facts).flatMap((program) => {
    const { found } = find(program);
    if (!found.ok) return [];
    const file = absoluteFile(found.value.file, program);
    const script = INTERPRETER.test(found.value.file) ? scriptOf(program) : null;
    const { uid } = program.account;
    const common = { kind: "program", trusted: [uid], isContainer: false, uid } as const;
    return [file, script].flatMap((path) =>
      path === null ? [] : [{ ...common, path, what: `the program ${program.label}` }],
    );
  });
}

/** The first argument that is not an option, if it is a path. */
function scriptOf(program: Supervised): string | null {
  const words = splitCommand(program.config.command);
  const script = words.ok ? words.value.slice(1).find((word) => !word.startsWith("-")) : undefined;
  return script?.includes("/") === true ? absoluteFile(script, program) : null;
}

function weak(weakness: Weakness, targets: readonly TamperTarget[], facts: DoctorFacts): Finding {
  const { probe } = facts;
  const { path, seen, group } = weakness;
  const users = Array.from(new Set(targets.map(({ uid }) => userName(uid, probe))));
  const isConfig = targets.some(({ kind }) => kind === "configuration");
  const isLogs = targets.every(({ kind }) => kind === "logs");
  const who = whoCan(weakness, probe);
  // A daemon of root does not follow symlinks of users to files of other users.
  const misuse = targets.every(({ uid }) => uid === 0)
    ? `${who} can remove or replace the logs in ${path}`
    : `${who} can make the daemon write to any file of ${users.join(" and ")}, with a symlink in ${path}`;
  return finding(severityOf(weakness, facts), path, {
    symptom: isLogs
      ? misuse
      : `${who} can run commands as ${users.join(" and ")} by changing ${path}`,
    cause: `${path} is ${ownership(seen, probe)}, and its contents are ${isLogs ? "opened" : "run"} as ${users.join(" and ")}.`,
    evidence: [
      `${path} is ${ownership(seen, probe)}`,
      group !== null && group.length > 0 ? `members of its group: ${listSome(group)}` : null,
      `it affects ${listSome(targets.map(({ what, path: of }) => `${what} (${of})`))}`,
    ],
    place: isConfig ? { file: path, line: null, section: null, key: null } : null,
    repair: closing(weakness, targets, facts),
  });
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
  { host, service }: DoctorFacts,
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

function closing(weakness: Weakness, targets: readonly TamperTarget[], facts: DoctorFacts): Repair {
  const { probe } = facts;
  const { path, seen, owner, isWorldWritable, group } = weakness;
  const system = probe.fileSystem(path);
  if (system !== null && WITHOUT_OWNERS.test(system.type)) {
    const advice = `Mount ${system.mountPoint} (${system.type}) with umask=022 or similar, or move this to another file system`;
    return byHand(advice, [shellLine(["findmnt", system.mountPoint])]);
  }
  if (FOR_EVERYBODY.has(path) && owner === null) {
    const after = { ...seen, mode: 0o1777 };
    return repair(`Set the sticky bit of ${path} again`, fix.access("B", path, seen, after, probe));
  }
  const isConfig = targets.every(({ kind }) => kind === "configuration");
  const isItself = targets.some((target) => {
    const real = probe.realPath(target.path) ?? target.path;
    // Also its directory, whose owner can replace the file.
    return real === path || (dirname(real) === path && isOfTsv(path, facts));
  });
  if (owner !== null && !(isConfig && isItself && !isInHome(path, probe, owner.uid))) {
    return keepElsewhere(weakness, targets, facts);
  }
  // The installer believes no records that any group can change.
  const isRecords = path === facts.service.layout.stateDirectory;
  const isGroup = isRecords || group === null || group.length > 0;
  const taken = (isWorldWritable ? 0o002 : 0) | (isGroup ? 0o020 : 0);
  const after = { uid: owner === null ? seen.uid : 0, gid: seen.gid, mode: seen.mode & ~taken };
  return repair(
    owner === null
      ? `Restrict write access to ${path} to its owner${isGroup ? "" : " and its group"}`
      : `Give ${path} to root`,
    fix.access("B", path, seen, after, probe),
  );
}

/** Directories of tsv contain nothing else. */
function isOfTsv(path: string, { service }: DoctorFacts): boolean {
  const { configDirectory, includeDirectory, stateDirectory } = service.layout;
  return [configDirectory, includeDirectory, stateDirectory].includes(path);
}

function isInHome(path: string, probe: Probe, uid: number): boolean {
  const home = probe.user(uid)?.home ?? "";
  return home.length > 1 && (path === home || path.startsWith(`${home}/`));
}

function keepElsewhere(
  weakness: Weakness,
  targets: readonly TamperTarget[],
  { service, probe }: DoctorFacts,
): Repair {
  const name = weakness.owner?.name ?? null;
  const isProgram = targets.every(({ kind }) => kind === "program");
  const { configDirectory } = service.layout;
  const where = isProgram ? "a directory of root, such as /usr/local/lib" : configDirectory;
  const asUser =
    isProgram && name !== null ? `Run it as ${name} (user=${name}), or move it to ` : "Move it to ";
  const [target] = targets;
  return byHand(`${asUser}${where}`, [
    shellLine(["namei", "-l", probe.realPath(target?.path ?? "") ?? weakness.path]),
  ]);
}
