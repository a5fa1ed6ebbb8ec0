// LOG-001: a log cannot be opened because a directory on the way does not let the daemon in, or takes no new file.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import {
  type Account,
  describeObstacle,
  type Obstacle,
  steadyPath,
  strayLink,
} from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { LogUse } from "../../facts/log-uses.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { isForLogsAlone } from "./for-logs-alone.ts";
import { isOwnPlace, makeDirectories } from "./log-directories.ts";
import { affectedLogs, openSymptom } from "./log-open-error.ts";
import { type LogTrouble, logTroubles, throughLinks } from "./log-trouble.ts";
import { isShared, moveRepair } from "./move-logs.ts";

export const UNWRITABLE_LOG = defineCheck({
  code: "LOG-001",
  area: "logs",
  title: "log cannot be opened",
  page: {
    symptom:
      "With Supervisor a program does not start, and `status` says `spawnerr: unknown error making dispatchers for 'web': EACCES`. With tsv the program runs and its output is lost: the activity log says `cannot open log '/var/log/app/web.log' of web (stdout): EACCES`. If it is the daemon's own log, the daemon does not start: `the activity log cannot be opened`.",
    cause:
      "Logs are opened by the daemon, as the user it runs as, and never by the program or its `user=`. That user needs the permission to search every directory on the way, and to write to the last one if the file is not there yet. Doctor walks the path for that user and names the first directory that is in the way, with its owner and mode. It also finds a log that can be written but not rotated, because nothing in its directory may be renamed.",
    repair:
      "A directory that is only for logs is given to the daemon's user. One that belongs to the system, such as `/var/log`, keeps its owner: doctor makes a directory below it and writes that into the configuration. Both are asked for, and both can be undone; only tsv's own directories are put right without a question. A directory of another user stays as it is, because opening somebody's home is for a person to decide. `chmod 777` is never the answer: it lets everybody replace the logs, and through them other files.",
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
    const unseen = troubles.filter(({ kind }) => kind === "unseen").length;
    return [
      ...Array.from(closedBy.values(), (group) => closed(group, account, looking)),
      ...Array.from(stuckIn, ([directory, group]) =>
        closedBy.has(directory) ? [] : [unrotatable(group, account, looking)],
      ).flat(),
      ...(unseen > 0
        ? [{ unseen: `whether the daemon can open ${unseen} of its logs (needs root)` }]
        : []),
    ].filter((said) => said !== null);
  },
});

/** Troubles by the directory that is in the way; those without one are left out. */
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
        ? `The daemon runs as ${user}, who may not make files in ${obstacle.path}.`
        : `The daemon runs as ${user}, who does not get through ${obstacle.path}.`;
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
  /** It is the directory of the logs itself, and none further up. */
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
    const advice = `Make ${path} a directory that ${userName(account.uid, probe)} can write to, or name another place`;
    return byHand(advice, [shellLine(["namei", "-l", path])]);
  }
  const link = situation.caller.uid === 0 ? strayLink(path, probe) : null;
  if (link !== null) {
    const advice = `Name the directory without ${printable(link)}, a link that others than root can change`;
    return byHand(advice, [shellLine(["namei", "-l", path])]);
  }
  const isTheirs = seen.uid !== 0 && seen.uid !== account.uid;
  // A link in root's directory may lead to one that others need too.
  const real = realOf(path, situation, probe);
  const mayGive = [path, real].every((one) => isForLogsAlone(one, probe));
  if (isLast && !isTheirs && mayGive) {
    const isOwn = isOwnPlace(path, situation);
    return giveRepair(real, seen, account, { class: isOwn ? "A" : "B", probe });
  }
  if (isLast && (!isTheirs || (seen.mode & 0o1000) !== 0)) {
    const names = [
      readConfig(situation)?.daemon.identifier ?? "tsv",
      userName(account.uid, probe).replaceAll(" ", "-"),
    ];
    return moveRepair({ from: path, uses, account, names }, situation.config, probe);
  }
  return letThrough(real, seen, account, { isTheirs: isTheirs || isShared(path), isLast, probe });
}

/** What a link of others leads to is not made for them: it may be a disk that is not mounted. */
function leadElsewhere(link: string, probe: Probe): Repair {
  const target = printable(throughLinks(link, probe));
  return byHand(
    `The link ${printable(link)} leads to ${target}, which is not there: mount what belongs there, make it, or change the link`,
    [shellLine(["ls", "-l", link]), shellLine(["findmnt", "--fstab"])],
  );
}

/** Where a directory is, links left out: for root only those that nobody else can change. */
function realOf(path: string, { caller }: Situation, probe: Probe): string {
  return caller.uid === 0 ? steadyPath(path, probe) : (probe.realPath(path) ?? path);
}

/** Makes the daemon's user the owner of a directory that is only for logs. */
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

/** Lets one account through a directory on the way, or says how a person would. */
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
      advice: `Let the group ${group} through ${real}`,
      commands: [shellLine(["chgrp", group, real]), shellLine(["chmod", "g+x", real])],
      steps: [ownStep(real, seen, after, probe)],
    };
  }
  const rights = isLast ? "rwx" : "x";
  return byHand(
    `Log into a directory of ${user}'s own; or, if that may be, let ${user} into ${real}`,
    [shellLine(["setfacl", "-m", `u:${user}:${rights}`, real])],
  );
}

/** It works until the log is full for the first time. */
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
    cause: `The daemon runs as ${user}, who may write to this log, but may not rename it in ${path}: it will grow without end.`,
    evidence: [`${path} is ${ownership(seen, probe)}`, affectedLogs(uses)],
    place: placeOf(uses, situation),
    repair: repairFor({ obstacle, uses, isLast: true, account }, looking),
  };
}
