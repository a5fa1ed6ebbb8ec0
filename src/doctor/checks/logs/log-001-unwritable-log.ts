// LOG-001: a log cannot be opened because the daemon lacks permission on a directory of its path.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import {
  type Account,
  describeObstacle,
  type Obstacle,
  permits,
  steadyPath,
  strayLink,
} from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { LogUse } from "../../facts/log-uses.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { joiningOf } from "../../repairs/join-group.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { isForLogsAlone } from "./for-logs-alone.ts";
import { isOwnPlace, makeDirectories } from "./log-directories.ts";
import { affectedLogs, openSymptom } from "./log-open-error.ts";
import { type LogTrouble, logTroubles, throughLinks } from "./log-trouble.ts";
import { isShared, moveRepair, writablePlace } from "./move-logs.ts";

export const UNWRITABLE_LOG = defineCheck({
  code: "LOG-001",
  area: "logs",
  title: "log cannot be opened",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "With Supervisor, a program does not start, and `status` says `spawnerr: unknown error making dispatchers for 'web': EACCES`. With tsv, the program runs, but its output is lost: the activity log says `cannot open log '/var/log/app/web.log' of web (stdout): EACCES`. If it is the daemon's own log, the daemon does not start: `the activity log cannot be opened`.",
    cause:
      "The daemon opens the logs, as the user it runs as, not the program or its `user=`. This user needs search permission on every directory of the path, and write permission on the last one if the file does not exist yet. Doctor checks the path for this user and names the first directory that denies access, with its owner and mode. It also finds a log that can be written but not rotated, because its directory does not allow renaming.",
    repair:
      "After you confirm, doctor gives a directory that contains only logs to the user of the daemon. A system directory such as `/var/log` keeps its owner: doctor creates a directory below it and writes the new path into the configuration. Both can be undone. Logs in a directory that the daemon cannot enter, such as `/root`, move to the directory of `childlogdir=` or of the daemon's log, if the daemon can write there. Doctor asks no question for tsv's own directories. If the daemon runs as another user than root, doctor first adds this user to the group of the service, which may enter `/var/log/tsv`. It never changes another user's directory, because only its owner should open it. `chmod 777` is never the answer: it lets every user replace the logs and, through them, other files.",
  },
  look(situation, probe) {
    const account = daemonAccount(situation, probe);
    const looking = { situation, probe };
    const troubles = logTroubles(situation, probe);
    const closedBy = groupTroubles(troubles, (trouble) =>
      trouble.kind === "directory" ? trouble.obstacle.path : null,
    );
    const stuckIn = groupTroubles(troubles, (trouble) =>
      trouble.kind === "unrotatable" ? trouble.directoryPath : null,
    );
    const unknown = troubles.filter(({ kind }) => kind === "unknown").length;
    return [
      ...Array.from(closedBy.values(), (group) => closed(group, account, looking)),
      ...Array.from(stuckIn, ([directory, group]) =>
        closedBy.has(directory) ? [] : [unrotatable(group, account, looking)],
      ).flat(),
      ...(unknown > 0
        ? [{ unknown: `whether the daemon can open ${unknown} of its logs (needs root)` }]
        : []),
    ].filter((said) => said !== null);
  },
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
  const { obstacle } = first;
  const uses = troubles.flatMap((trouble) => trouble.uses);
  const user = userName(account.uid, probe);
  const isLast = troubles.every(({ path }) => dirname(path) === obstacle.path);
  const cause =
    obstacle.errno === "ENOENT"
      ? `The directory ${obstacle.path} is missing.`
      : isLast
        ? `The daemon runs as ${user}, which has no write (w) permission on ${obstacle.path}.`
        : `The daemon runs as ${user}, which has no search (x) permission on ${obstacle.path}.`;
  return {
    severity: "error",
    subject: obstacle.path,
    symptom: openSymptom(situation, first.path, uses, obstacle.errno),
    cause,
    evidence: [describeObstacle(obstacle, account.uid, probe), affectedLogs(uses)],
    place: placeOf(uses, situation),
    repair: repairFor({ obstacle, uses, isLast, account }, looking),
  };
}

function placeOf([use]: readonly LogUse[], { config }: Situation): Finding["place"] {
  return use === undefined ? null : optionPlace(config, use.section, use.key);
}

interface Closed {
  readonly obstacle: Obstacle;
  readonly uses: readonly LogUse[];
  /** Whether it is the directory of the logs itself, not one above it. */
  readonly isLast: boolean;
  readonly account: Account;
}

function repairFor(closed: Closed, { situation, probe }: Looking): Repair {
  const { obstacle, uses, isLast, account } = closed;
  const { path, seen, errno } = obstacle;
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
  const obstacle: Obstacle = { path, errno: "EACCES", seen, lacks: "w" };
  return {
    severity: "warning",
    subject: `rotation in ${path}`,
    symptom: `cannot rotate log '${first.path}': EACCES`,
    cause: `The daemon runs as ${user}, which can write to this log, but has no permission to rename it in ${path}: the log will grow without limit.`,
    evidence: [`${path} is ${ownership(seen, probe)}`, affectedLogs(uses)],
    place: placeOf(uses, situation),
    repair: repairFor({ obstacle, uses, isLast: true, account }, looking),
  };
}
