// LOG-004: the directory of a log is missing, and with it the whole configuration is refused.

import { printable } from "../../../core/base/printable.ts";
import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { absolutePath, dirname } from "../../../core/config/paths.ts";
import type { Account } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import { listSome } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Unseen } from "../../model.ts";
import { isVolatile, TMPFILES, tmpfilesLine, tmpfilesStep } from "../../repairs/at-boot.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { deepestExisting, makeDirectories } from "./log-directories.ts";

export const MISSING_LOG_DIRECTORY = defineCheck({
  code: "LOG-004",
  area: "logs",
  title: "directory of a log is missing",
  page: {
    symptom:
      "`Error: The directory named as part of the path /var/log/app/web.log does not exist in section 'program:web' (file: '/etc/tsv/conf.d/web.conf')`, or `/var/log/app is not an existing directory`. The daemon does not start, and a reread is refused.",
    cause:
      "Neither tsv nor Supervisor makes directories for logs: a mistyped path would otherwise go unnoticed. The directory was never made, or was lost: `/var/log` may be in memory (tmpfs, log2ram) and empty after each boot.",
    repair:
      "Doctor makes the directory for the daemon's user: without a question where it is tsv's own, else after a yes. Where a disk should be mounted and is not, nothing is made, because it would fill the disk below. If the directory is lost at each boot, the line for tmpfiles.d(5) that makes it anew is shown.",
  },
  look(situation, probe) {
    const account = daemonAccount(situation, probe);
    const groups = new Map<string, CheckProblem[]>();
    for (const problem of situation.config.problems) {
      const path = missingDirectory(problem, account, probe);
      if (path === null) continue;
      const there = groups.get(path);
      if (there === undefined) groups.set(path, [problem]);
      else there.push(problem);
    }
    return Array.from(groups, ([path, problems]) =>
      missing(path, problems, account, { situation, probe }),
    ).flat();
  },
});

/** The directory that a problem of the configuration is about; null when it is about something else. */
function missingDirectory(problem: CheckProblem, account: Account, probe: Probe): string | null {
  const { severity, rule, message } = problem;
  if (severity !== "error" || rule !== "missing-directory") return null;
  const file = /^The directory named as part of the path (.*) does not exist/s.exec(message)?.[1];
  const directory = /^(.*) is not an existing directory/s.exec(message)?.[1];
  const written = file === undefined ? directory : dirname(file);
  if (written === undefined) return null;
  return /^~(?:\/|$)/.test(written)
    ? (probe.user(account.uid)?.home ?? "") + written.slice(1)
    : written;
}

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

function missing(
  directory: string,
  problems: readonly CheckProblem[],
  account: Account,
  looking: Looking,
): readonly (Finding | Unseen)[] {
  const { probe } = looking;
  const [problem] = problems;
  if (problem === undefined) return [];
  const { file, line, section, key } = problem;
  const found = directory.startsWith("/") ? probe.look(directory) : null;
  if (found?.ok === false && found.error === "EACCES") {
    return [{ unseen: `whether the directory ${printable(directory)} exists (needs root)` }];
  }
  const isTaken = found !== null && (found.ok || found.error === "ENOTDIR");
  return [
    {
      severity: "error",
      subject: directory,
      symptom: problem.message,
      cause: isTaken
        ? `${printable(directory)} is, or leads through, something that is no directory.`
        : `The directory ${printable(directory)} does not exist, and is not made by the daemon.`,
      evidence: [...evidenceFor(directory, probe), ...alsoIn(problems)],
      place: { file, line, section, key },
      repair:
        isTaken || !directory.startsWith("/")
          ? nameAnother(directory)
          : withBoot(makeDirectories([directory], account, looking), directory, account, looking),
    },
  ];
}

function alsoIn(problems: readonly CheckProblem[]): readonly string[] {
  const words = problems.slice(1).map(({ section, key }) => `[${section}] ${key}`);
  return words.length === 0 ? [] : [`needed also by ${listSome(words)}`];
}

function evidenceFor(directory: string, probe: Probe): readonly string[] {
  if (!directory.startsWith("/")) return [];
  const deepest = deepestExisting(directory, probe);
  const system = probe.fileSystem(deepest);
  return [
    `ENOENT: ${printable(directory)}`,
    ...(deepest === directory ? [] : [`what exists of it: ${printable(deepest)}`]),
    ...(isVolatile(deepest, probe) && system !== null
      ? [`${system.mountPoint} is a ${system.type}: what is in it is lost at each boot`]
      : []),
  ];
}

function nameAnother(directory: string): Repair {
  const advice = directory.startsWith("/")
    ? `Name another directory than ${printable(directory)}`
    : "Name the log by its absolute path";
  return byHand(advice);
}

/** Adds what makes the directory again after a boot that loses it; tsv's own are made by the service. */
function withBoot(repair: Repair, directory: string, account: Account, looking: Looking): Repair {
  const { situation, probe } = looking;
  const { init, file, layout } = situation.service;
  const path = absolutePath(directory, "/");
  const isMade = path === layout.runDirectory && file !== null;
  if (!isVolatile(deepestExisting(path, probe), probe) || init !== "systemd" || isMade)
    return repair;
  const access = { mode: 0o755, uid: account.uid, gid: probe.user(account.uid)?.gid ?? 0 };
  const line = tmpfilesLine(path, access, probe);
  if (line === null) return repair;
  const commands = [...repair.commands, `echo ${shellWord(line)} >> ${TMPFILES}`];
  const isRoots = repair.class === "B" && situation.caller.uid === 0;
  return {
    ...repair,
    commands,
    steps: isRoots ? [...repair.steps, tmpfilesStep([line], probe)] : repair.steps,
  };
}
