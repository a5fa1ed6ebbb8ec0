// LOG-001: a log cannot be opened because the daemon lacks permission on a directory of its path.

import { printable } from "../../../core/base/printable.ts";
import type { Config } from "../../../core/config/model.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import {
  type Account,
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  type PathProblem,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import type { LogUse } from "../../facts/logs.ts";
import { steadyPath, strayLink } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { ConfigFacts, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import {
  changeOptions,
  describeChanges,
  isPlainValue,
  type OptionChange,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { joiningOf } from "../../repairs/fix.ts";
import { byHand, directoryStep, ownStep } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import {
  affectedLogs,
  isOwnPlace,
  type LogTrouble,
  logTroubles,
  makeDirectories,
  openSymptom,
  throughLinks,
} from "./log-access.ts";

export const UNWRITABLE_LOG = check("LOG-001", "log cannot be opened", (situation, probe) => {
  const account = daemonAccount(situation, probe);
  const looking = { situation, probe };
  const troubles = logTroubles(situation, probe);
  const closedBy = groupTroubles(troubles, (trouble) =>
    trouble.kind === "directory" ? trouble.pathProblem.path : null,
  );
  const stuckIn = groupTroubles(troubles, (trouble) =>
    trouble.kind === "unrotatable" ? trouble.directoryPath : null,
  );
  const hidden = troubles.filter(({ kind }) => kind === "unknown").length;
  return [
    ...Array.from(closedBy.values(), (group) => closed(group, account, looking)),
    ...Array.from(stuckIn, ([directory, group]) =>
      closedBy.has(directory) ? [] : [unrotatable(group, account, looking)],
    ).flat(),
    ...(hidden > 0
      ? [unknown(`whether the daemon can open ${hidden} of its logs (needs root)`)]
      : []),
  ].filter((said) => said !== null);
});

/** Unusable logs by the directory that denies access; others are left out. */
function groupTroubles(
  troubles: readonly LogTrouble[],
  directoryOf: (trouble: LogTrouble) => string | null,
): ReadonlyMap<string, readonly LogTrouble[]> {
  const groups = new Map<string, LogTrouble[]>();
  for (const trouble of troubles) {
    const directory = directoryOf(trouble);
    if (directory === null) continue;
    const there = groups.get(directory);
    if (there === undefined) groups.set(directory, [trouble]);
    else there.push(trouble);
  }
  return groups;
}

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

function closed(
  troubles: readonly LogTrouble[],
  account: Account,
  looking: Looking,
): Finding | null {
  const { situation, probe } = looking;
  const [first] = troubles;
  if (first?.kind !== "directory") return null;
  const { pathProblem } = first;
  const uses = troubles.flatMap((trouble) => trouble.uses);
  const user = userName(account.uid, probe);
  const isLast = troubles.every(({ path }) => dirname(path) === pathProblem.path);
  const cause =
    pathProblem.errno === "ENOENT"
      ? `The directory ${pathProblem.path} is missing.`
      : isLast
        ? `The daemon runs as ${user}, which has no write (w) permission on ${pathProblem.path}.`
        : `The daemon runs as ${user}, which has no search (x) permission on ${pathProblem.path}.`;
  return finding("error", pathProblem.path, {
    symptom: openSymptom(situation, first.path, uses, pathProblem.errno),
    cause,
    evidence: [describePathProblem(pathProblem, account.uid, probe), affectedLogs(uses)],
    place: placeOf(uses, situation),
    repair: repairFor({ pathProblem, uses, isLast, account }, looking),
  });
}

function placeOf([use]: readonly LogUse[], { config }: Situation): Finding["place"] {
  return use === undefined ? null : optionPlace(config, use.section, use.key);
}

interface Closed {
  readonly pathProblem: PathProblem;
  readonly uses: readonly LogUse[];
  /** Whether it is the directory of the logs itself, not one above it. */
  readonly isLast: boolean;
  readonly account: Account;
}

function repairFor(closed: Closed, { situation, probe }: Looking): Repair {
  const { pathProblem, uses, isLast, account } = closed;
  const { path, seen, errno } = pathProblem;
  if (errno === "ENOENT") {
    const stray = uses
      .map((use) => strayLink(use.path, probe))
      .find((link) => link !== null && situation.caller.uid === 0);
    if (stray !== undefined && stray !== null) return leadElsewhere(stray, probe);
    return makeDirectories(
      uses.map((use) => dirname(throughLinks(use.path, probe))),
      account,
      { situation, probe },
    );
  }
  if (seen === null || seen.kind !== "directory") {
    const advice = `Give ${userName(account.uid, probe)} write permission on ${path}, or use another directory`;
    return byHand(advice, [shellLine(["namei", "-l", path])]);
  }
  const joining = joiningOf(account, situation, probe);
  const isClosedToGroup = !permits(account, seen, "x") && (seen.mode & 0o010) !== 0;
  if (joining !== null && seen.gid === joining.gid && isClosedToGroup) {
    // What it may do there as a member is seen afterwards.
    return {
      class: "B",
      advice: `${joining.step.will[0]?.toUpperCase() ?? ""}${joining.step.will.slice(1)}`,
      commands: [joining.command],
      steps: [joining.step],
    };
  }
  const link = situation.caller.uid === 0 ? strayLink(path, probe) : null;
  if (link !== null) {
    const advice = `Name the directory without ${printable(link)}, a symlink that users other than root can change`;
    return byHand(advice, [shellLine(["namei", "-l", path])]);
  }
  const isTheirs = seen.uid !== 0 && seen.uid !== account.uid;
  // A symlink in a directory of root may lead to a directory that others use, too.
  const real = realOf(path, situation, probe);
  const mayGive = [path, real].every((one) => isForLogsAlone(one, probe));
  if (isLast && !isTheirs && mayGive) {
    const isOwn = isOwnPlace(path, situation);
    return giveRepair(real, seen, account, { class: isOwn ? "A" : "B", probe });
  }
  if (isLast && (!isTheirs || (seen.mode & 0o1000) !== 0)) {
    const user = userName(account.uid, probe);
    const config = readConfig(situation);
    const names = [config?.daemon.identifier ?? "tsv", user.replaceAll(" ", "-")];
    const move = { from: path, uses, account, names };
    if (permits(account, seen, "x")) return moveRepair(move, situation.config, probe);
    // Of a directory below it the daemon could open no file.
    const into = config === null ? null : writablePlace(config, move, probe);
    if (into !== null) return moveRepair({ ...move, into }, situation.config, probe);
    const advice = `Log into a directory that ${user} can reach: it has no search (x) permission on ${path}`;
    return byHand(advice, [shellLine(["namei", "-l", path])]);
  }
  return letThrough(real, seen, account, { isTheirs: isTheirs || isShared(path), isLast, probe });
}

/** The missing target of another user's symlink is not created: it may be on a disk that is not mounted. */
function leadElsewhere(link: string, probe: Probe): Repair {
  const target = printable(throughLinks(link, probe));
  return byHand(
    `${printable(link)} is a symlink to ${target}, which does not exist: mount its file system, create it, or change the symlink`,
    [shellLine(["ls", "-l", link]), shellLine(["findmnt", "--fstab"])],
  );
}

/** The real path of a directory; root follows only symlinks that other users cannot change. */
function realOf(path: string, { caller }: Situation, probe: Probe): string {
  return caller.uid === 0 ? steadyPath(path, probe) : (probe.realPath(path) ?? path);
}

/** Gives a directory that is only for logs to the daemon's user. */
function giveRepair(
  real: string,
  seen: Seen,
  account: Account,
  { class: repairClass, probe }: { readonly class: "A" | "B"; readonly probe: Probe },
): Repair {
  const after = { uid: account.uid, gid: seen.gid, mode: seen.mode | 0o700 };
  const user = userName(account.uid, probe);
  return {
    class: repairClass,
    advice: `Give ${real} to ${user}`,
    commands: [
      ...(seen.uid === account.uid ? [] : [shellLine(["chown", user, real])]),
      ...(after.mode === seen.mode ? [] : [shellLine(["chmod", "u+rwx", real])]),
    ],
    steps: [ownStep(real, seen, after, probe)],
  };
}

/** Gives one account access to a directory of the path, or advises how to. */
function letThrough(
  real: string,
  seen: Seen,
  account: Account,
  how: { readonly isTheirs: boolean; readonly isLast: boolean; readonly probe: Probe },
): Repair {
  const { isTheirs, isLast, probe } = how;
  const user = userName(account.uid, probe);
  if (seen.uid === account.uid) {
    return giveRepair(real, seen, account, { class: "B", probe });
  }
  const gid = probe.user(account.uid)?.gid ?? null;
  const isGroupFree = seen.gid === 0 || seen.gid === gid;
  if (!isTheirs && !isLast && isGroupFree && gid !== null && gid !== 0) {
    const after = { uid: seen.uid, gid, mode: seen.mode | 0o010 };
    const [, group = String(gid)] = probe.ownerName(seen.uid, gid).split(":");
    return {
      class: "B",
      advice: `Give the group ${group} search permission on ${real}`,
      commands: [shellLine(["chgrp", group, real]), shellLine(["chmod", "g+x", real])],
      steps: [ownStep(real, seen, after, probe)],
    };
  }
  const rights = isLast ? "rwx" : "x";
  return byHand(
    `Log into a directory of ${user}, or, if that is acceptable, give ${user} access to ${real}`,
    [shellLine(["setfacl", "-m", `u:${user}:${rights}`, real])],
  );
}

/** Logging works until the first rotation. */
function unrotatable(
  troubles: readonly LogTrouble[],
  account: Account,
  looking: Looking,
): Finding | null {
  const { situation, probe } = looking;
  const [first] = troubles;
  if (first?.kind !== "unrotatable") return null;
  const { directory: seen, directoryPath: path } = first;
  const uses = troubles.flatMap((trouble) => trouble.uses);
  const user = userName(account.uid, probe);
  const pathProblem: PathProblem = { path, errno: "EACCES", seen, lacks: "w" };
  return finding("warning", `rotation in ${path}`, {
    symptom: `cannot rotate log '${first.path}': EACCES`,
    cause: `The daemon runs as ${user}, which can write to this log, but has no permission to rename it in ${path}: the log will grow without limit.`,
    evidence: [`${path} is ${ownership(seen, probe)}`, affectedLogs(uses)],
    place: placeOf(uses, situation),
    repair: repairFor({ pathProblem, uses, isLast: true, account }, looking),
  });
}

// Whether a directory may be given to the daemon's user because its logs are in it.

/** Only the daemon uses it, its owner will not be reset, and it is for logs. */
function isForLogsAlone(path: string, probe: Probe): boolean {
  return !isShared(path) && !isKept(path, probe) && isForLogs(path, probe);
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
  for (const directory of ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"]) {
    for (const name of probe.list(directory) ?? []) {
      const text = name.endsWith(".conf") ? probe.readText(`${directory}/${name}`) : null;
      const kept = (text ?? "").split("\n").some((line) => {
        const [type = "", where = ""] = line.trim().split(/\s+/);
        return /^[dDqQvezZ]/.test(type) && where.replace(/^"|"$/g, "") === path;
      });
      if (kept) return true;
    }
  }
  return false;
}

// The repair for logs whose directory cannot be given to the daemon: creates a directory below it and changes the
// configuration to log there.

/** Directories of the system or of many users, whose owner does not change because of a log. */
const SHARED =
  /^(?:\/|\/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|Users|Volumes|private)|\/etc\/.*|\/usr\/.*|\/var\/(?:cache|lib|lock|log|mail|opt|run|spool|tmp|www)|\/private\/(?:tmp|var(?:\/log|\/tmp|\/run)?)|\/run\/(?:user|lock))$/;

export function isShared(directory: string): boolean {
  return SHARED.test(directory);
}

interface Move {
  /** The present directory of the logs. */
  readonly from: string;
  readonly uses: readonly LogUse[];
  readonly account: Account;
  /** Possible names of the new directory; the first free one is used. */
  readonly names: readonly string[];
  /** A directory that is there already, if there can be none below the present one. */
  readonly into?: string;
}

/** Moves logs into a directory of the daemon; class C if the configuration cannot be edited. */
export function moveRepair(move: Move, config: ConfigFacts, probe: Probe): Repair {
  const { from, uses, account, into } = move;
  const target = into ?? freeName(move, probe);
  const user = probe.user(account.uid);
  const gid = user?.gid ?? 0;
  const owner = probe.ownerName(account.uid, gid);
  const changes = uses.flatMap((use) => changeOf(use, from, target, config) ?? []);
  const options = uniqueChanges(changes);
  const isMade = probe.find(target).kind === "directory";
  const isWhole = isUsable(target, account, probe) && changes.length === uses.length;
  const edits = isWhole ? changeOptions(config, options, probe) : null;
  const made: readonly PlannedStep[] = isMade
    ? []
    : [directoryStep(target, { uid: account.uid, gid, mode: 0o755 }, probe)];
  const [userWord = "root", groupWord = "root"] = owner.split(":");
  return {
    class: edits === null ? "C" : "B",
    advice:
      into === undefined
        ? `Log into ${target}, a new directory of ${userWord}`
        : `Log into ${target}, in which the user ${userWord} may write`,
    commands: [
      ...(isMade
        ? []
        : [shellLine(["install", "-d", "-o", userWord, "-g", groupWord, "-m", "0755", target])]),
      ...(options.length > 0
        ? describeChanges(config, options)
        : [`# and write ${target} into the configuration`]),
    ],
    steps: edits === null ? [] : [...made, ...edits],
  };
}

/** Where the daemon has files already and may write logs besides, whose names are free; null for nowhere. */
function writablePlace(
  { daemon }: Pick<Config, "daemon">,
  { uses, account }: Pick<Move, "uses" | "account">,
  probe: Probe,
): string | null {
  const isFit = (directory: string): boolean => {
    const seen = probe.find(directory);
    // In a directory of many users a name may be taken at any time.
    if (seen.kind !== "directory" || (seen.mode & 0o1000) !== 0) return false;
    return uses.every(({ path }) => {
      const moved = `${directory}/${path.slice(path.lastIndexOf("/") + 1)}`;
      const isFree = probe.find(moved).kind === "missing";
      return isFree && firstPathProblem(moved, "write", account, probe) === null;
    });
  };
  return [daemon.childLogDir, dirname(daemon.logfile)].find(isFit) ?? null;
}

function freeName({ from, names, account }: Move, probe: Probe): string {
  const paths = [...names, `logs-of-${account.uid}`].map(
    (name) => `${from === "/" ? "" : from}/${name.replaceAll("/", "_")}`,
  );
  return paths.find((path) => isUsable(path, account, probe)) ?? `${paths[0]}`;
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

function uniqueChanges(changes: readonly OptionChange[]): readonly OptionChange[] {
  return Array.from(
    new Map(changes.map((change) => [`${change.section}\n${change.key}`, change])).values(),
  );
}
