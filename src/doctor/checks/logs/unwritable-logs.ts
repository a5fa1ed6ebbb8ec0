// LOG-001: a log cannot be opened because the daemon lacks permission on a directory of its path.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import {
  type Account,
  daemonAccount,
  describePathProblem,
  ownership,
  type PathProblem,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import type { ConfigFacts, DoctorFacts } from "../../facts/doctor-facts.ts";
import type { LogUse } from "../../facts/logs.ts";
import { repairablePath, strayLink } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import {
  describeChanges,
  isPlainValue,
  type OptionChange,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { fix, joiningOf, repair } from "../../repairs/fix.ts";
import { byHand, ownerOf } from "../../repairs/repairs.ts";
import { check, firstOfEach, groupBy, unknown } from "../check.ts";
import { isOwnPlace, makeDirectories } from "../missing-directories.ts";
import { temporaryFiles } from "../system-files.ts";
import {
  type LogProblem,
  logFinding,
  logProblems,
  openSymptom,
  throughLinks,
} from "./log-access.ts";

type Closed = Extract<LogProblem, { readonly kind: "directory" }>;
type Unrotatable = Extract<LogProblem, { readonly kind: "unrotatable" }>;

export const UNWRITABLE_LOG = check("LOG-001", (facts) => {
  const account = daemonAccount(facts);
  const problems = logProblems(facts);
  const closed = groupBy(
    problems.filter((one): one is Closed => one.kind === "directory"),
    ({ pathProblem }) => pathProblem.path,
  );
  const unrotatable = groupBy(
    problems.filter((one): one is Unrotatable => one.kind === "unrotatable"),
    ({ directoryPath }) => (closed.has(directoryPath) ? null : directoryPath),
  );
  const hidden = problems.filter(({ kind }) => kind === "unknown").length;
  return [
    Array.from(closed.values(), (group) => closedFinding(group, account, facts)),
    Array.from(unrotatable.values(), (group) => rotationFinding(group, account, facts)),
    hidden > 0 ? unknown(`whether the daemon can open ${hidden} of its logs (needs root)`) : null,
  ];
});

function closedFinding(
  problems: readonly [Closed, ...Closed[]],
  account: Account,
  facts: DoctorFacts,
): Finding {
  const [{ pathProblem, path: first }] = problems;
  const { path, errno } = pathProblem;
  const uses = problems.flatMap((problem) => problem.uses);
  const user = userName(account.uid, facts.probe);
  const isLast = problems.every((problem) => dirname(problem.path) === path);
  return logFinding("error", path, uses, facts, {
    symptom: openSymptom(facts, first, uses, errno),
    cause:
      errno === "ENOENT"
        ? `The directory ${path} is missing.`
        : `The daemon runs as ${user}, which has no ${isLast ? "write (w)" : "search (x)"} permission on ${path}.`,
    evidence: [describePathProblem(pathProblem, account.uid, facts.probe)],
    repair: repairFor(pathProblem, uses, isLast, account, facts),
  });
}

/** Logging works until the first rotation. */
function rotationFinding(
  problems: readonly [Unrotatable, ...Unrotatable[]],
  account: Account,
  facts: DoctorFacts,
): Finding {
  const [{ directory: seen, directoryPath: path, path: first }] = problems;
  const uses = problems.flatMap((problem) => problem.uses);
  const pathProblem = { path, errno: "EACCES", seen, lacks: "w" } as const;
  return logFinding("warning", `rotation in ${path}`, uses, facts, {
    symptom: `cannot rotate log '${first}': EACCES`,
    cause: `The daemon runs as ${userName(account.uid, facts.probe)}, which can write to this log, but has no permission to rename it in ${path}: the log will grow without limit.`,
    evidence: [`${path} is ${ownership(seen, facts.probe)}`],
    repair: repairFor(pathProblem, uses, true, account, facts),
  });
}

/** @param isLast whether it is the directory of the logs itself, not one above it */
function repairFor(
  { path, seen, errno }: PathProblem,
  uses: readonly LogUse[],
  isLast: boolean,
  account: Account,
  facts: DoctorFacts,
): Repair {
  const { probe } = facts;
  const user = userName(account.uid, probe);
  const isRoot = facts.caller.uid === 0;
  const inspect = [shellLine(["namei", "-l", path])];
  if (errno === "ENOENT") {
    const stray = uses
      .map((use) => (isRoot ? strayLink(use.path, probe) : null))
      .find((link) => link !== null);
    if (stray !== undefined) return leadElsewhere(stray, probe);
    const directories = uses.map((use) => dirname(throughLinks(use.path, probe)));
    return makeDirectories(directories, account, facts);
  }
  if (seen === null || seen.kind !== "directory") {
    return byHand(`Give ${user} write permission on ${path}, or use another directory`, inspect);
  }
  const joining = joiningOf(account, facts);
  const isClosedToGroup = !permits(account, seen, "x") && (seen.mode & 0o010) !== 0;
  if (joining !== null && seen.gid === joining.gid && isClosedToGroup) {
    // What it may do there as a member is seen afterwards.
    const { step, command } = joining;
    const advice = `${step.will[0]?.toUpperCase() ?? ""}${step.will.slice(1)}`;
    return repair(advice, fix.steps("B", [command], [step]));
  }
  const link = isRoot ? strayLink(path, probe) : null;
  if (link !== null) {
    const advice = `Name the directory without ${printable(link)}, a symlink that users other than root can change`;
    return byHand(advice, inspect);
  }
  const isTheirs = seen.uid !== 0 && seen.uid !== account.uid;
  // A symlink in a directory of root may lead to a directory that others use, too. Root follows only symlinks that other
  // users cannot change.
  const real = repairablePath(path, facts);
  const mayGive = [path, real].every((one) => isForLogsAlone(one, probe));
  if (isLast && !isTheirs && mayGive) {
    return giving(isOwnPlace(path, facts) ? "A" : "B", real, seen, account, probe);
  }
  if (isLast && (!isTheirs || (seen.mode & 0o1000) !== 0)) {
    if (permits(account, seen, "x")) {
      return moving(path, newDirectory(path, account, facts), uses, account, facts);
    }
    // Of a directory below it the daemon could open no file.
    const advice = `Log into a directory that ${user} can reach: it has no search (x) permission on ${path}`;
    return byHand(advice, inspect);
  }
  if (seen.uid === account.uid) return giving("B", real, seen, account, probe);
  const gid = probe.user(account.uid)?.gid ?? 0;
  const isGroupFree = seen.gid === 0 || seen.gid === gid;
  if (!isTheirs && !SHARED.test(path) && !isLast && isGroupFree && gid !== 0) {
    const { group } = ownerOf({ uid: seen.uid, gid }, probe);
    const after = { uid: seen.uid, gid, mode: seen.mode | 0o010 };
    return repair(
      `Give the group ${group} search permission on ${real}`,
      fix.access("B", real, seen, after, probe),
    );
  }
  return byHand(
    `Log into a directory of ${user}, or, if that is acceptable, give ${user} access to ${real}`,
    [shellLine(["setfacl", "-m", `u:${user}:${isLast ? "rwx" : "x"}`, real])],
  );
}

/** The missing target of another user's symlink is not created: it may be on a disk that is not mounted. */
function leadElsewhere(link: string, probe: Probe): Repair {
  const target = printable(throughLinks(link, probe));
  return byHand(
    `${printable(link)} is a symlink to ${target}, which does not exist: mount its file system, create it, or change the symlink`,
    [shellLine(["ls", "-l", link]), shellLine(["findmnt", "--fstab"])],
  );
}

/** Gives a directory that is only for logs to the daemon's user. */
function giving(as: "A" | "B", real: string, seen: Seen, { uid }: Account, probe: Probe): Repair {
  const after = { uid, gid: seen.gid, mode: seen.mode | 0o700 };
  return repair(
    `Give ${real} to ${userName(uid, probe)}`,
    fix.access(as, real, seen, after, probe),
  );
}

// Whether a directory may be given to the daemon's user because its logs are in it.

/** Only the daemon uses it, its owner will not be reset, and it is for logs. */
function isForLogsAlone(path: string, probe: Probe): boolean {
  return !SHARED.test(path) && !isKept(path, probe) && isForLogs(path, probe);
}

/** By its name, or because it contains nothing else: code and data are not given to the daemon because of a log. */
function isForLogs(path: string, probe: Probe): boolean {
  // Only as a whole word: /srv/blog and /opt/login contain programs.
  if (/(?:^|[^a-z])logs?(?:$|[^a-z])/i.test(path.slice(path.lastIndexOf("/") + 1))) return true;
  if (/^\/var\/log\//.test(path)) return true;
  const names = probe.list(path);
  return names?.every((name) => /\.(?:log|err|out)(?:[.-][\w.-]+)?$/.test(name)) ?? false;
}

/** systemd-tmpfiles would reset its owner at the next boot. */
function isKept(path: string, probe: Probe): boolean {
  return temporaryFiles(probe).some((one) => one.path === path && /[dDqQvezZ]/.test(one.type));
}

/** Directories of the system or of many users, whose owner does not change because of a log. */
const SHARED =
  /^(?:\/|\/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|Users|Volumes|private)|\/etc\/.*|\/usr\/.*|\/var\/(?:cache|lib|lock|log|mail|opt|run|spool|tmp|www)|\/private\/(?:tmp|var(?:\/log|\/tmp|\/run)?)|\/run\/(?:user|lock))$/;

/** Changes the configuration to log into another directory; class C if it cannot be edited. */
function moving(
  from: string,
  target: string,
  uses: readonly LogUse[],
  account: Account,
  { config, probe }: DoctorFacts,
): Repair {
  const { uid } = account;
  const access = { uid, gid: probe.user(uid)?.gid ?? 0, mode: 0o755 };
  const { user } = ownerOf(access, probe);
  const changes = uses.flatMap((use) => changeOf(use, from, target, config) ?? []);
  const options = firstOfEach(changes, ({ section, key }) => `${section}\n${key}`);
  const isWhole = isUsable(target, account, probe) && changes.length === uses.length;
  return repair(
    `Log into ${target}, a new directory of ${user}`,
    ...(probe.find(target).kind === "directory" ? [] : [fix.directory("B", target, access, probe)]),
    isWhole
      ? fix.options(config, options, probe)
      : fix.manual(
          ...(options.length > 0
            ? describeChanges(config, options)
            : [`# and write ${target} into the configuration`]),
        ),
  );
}

/** A directory to create below the present one, in which the daemon cannot create files; or one of its user. */
function newDirectory(from: string, account: Account, facts: DoctorFacts): string {
  const { uid } = account;
  const user = userName(uid, facts.probe).replaceAll(" ", "-");
  const names = [readConfig(facts)?.daemon.identifier ?? "tsv", user, `logs-of-${uid}`];
  const paths = names.map((name) => `${from === "/" ? "" : from}/${name.replaceAll("/", "_")}`);
  return paths.find((path) => isUsable(path, account, facts.probe)) ?? `${paths[0]}`;
}

/** The path is free, or a directory of the daemon. */
function isUsable(path: string, { uid }: Account, probe: Probe): boolean {
  const found = probe.find(path);
  return (
    found.kind === "missing" ||
    (found.kind === "directory" && found.uid === uid && (found.mode & 0o700) === 0o700)
  );
}

function changeOf(
  { section, key }: LogUse,
  from: string,
  target: string,
  config: ConfigFacts,
): OptionChange | null {
  const written = writtenValue(config, section, key);
  if (written === null || !isPlainValue(target) || /[;#\n]/.test(written)) return null;
  if (key === "childlogdir") {
    return written.replace(/\/+$/, "") === from ? { section, key, value: target } : null;
  }
  if (dirname(written) !== from) return null;
  return { section, key, value: `${target}/${written.slice(written.lastIndexOf("/") + 1)}` };
}
