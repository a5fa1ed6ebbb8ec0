// LOG-004: the directory of a log is missing, so the daemon rejects the whole configuration.

import { printable } from "../../../core/base/printable.ts";
import { absolutePath, dirname } from "../../../core/config/paths.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import type { Account } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import { listSome } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { atBoot, isVolatile, tmpfilesLine } from "../../repairs/at-boot.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { deepestExisting, makeDirectories } from "./log-directories.ts";

export const MISSING_LOG_DIRECTORY = defineCheck({
  code: "LOG-004",
  area: "logs",
  title: "directory of a log is missing",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "`Error: The directory named as part of the path /var/log/app/web.log does not exist in section 'program:web' (file: '/etc/tsv/conf.d/web.conf')`, or `/var/log/app is not an existing directory`. The daemon does not start, and a reread is refused.",
    cause:
      "Neither tsv nor Supervisor creates directories for logs, because that would hide mistyped paths. The directory was never created, or was lost: `/var/log` may be in memory (tmpfs, log2ram) and empty after each boot.",
    repair:
      "Doctor creates the directory for the daemon's user: tsv's own directories without a question, others after you confirm. It creates nothing below the mount point of a disk that is not mounted, because the logs would fill the disk underneath. If the directory is lost at each boot, doctor prints a line for tmpfiles.d(5) that recreates it.",
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

/** The directory that a problem of the configuration is about; null if it is about something else. */
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
): readonly (Finding | Unknown)[] {
  const { probe } = looking;
  const [problem] = problems;
  if (problem === undefined) return [];
  const { file, line, section, key } = problem;
  const found = directory.startsWith("/") ? probe.look(directory) : null;
  if (found?.ok === false && found.error === "EACCES") {
    return [{ unknown: `whether the directory ${printable(directory)} exists (needs root)` }];
  }
  const isTaken = found !== null && (found.ok || found.error === "ENOTDIR");
  return [
    {
      severity: "error",
      subject: directory,
      symptom: problem.message,
      cause: isTaken
        ? `${printable(directory)} or a component of its path is not a directory.`
        : `The directory ${printable(directory)} does not exist, and the daemon does not create it.`,
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
  return words.length === 0 ? [] : [`also used by ${listSome(words)}`];
}

function evidenceFor(directory: string, probe: Probe): readonly string[] {
  if (!directory.startsWith("/")) return [];
  const deepest = deepestExisting(directory, probe);
  const system = probe.fileSystem(deepest);
  return [
    `ENOENT: ${printable(directory)}`,
    ...(deepest === directory ? [] : [`the existing part of its path is ${printable(deepest)}`]),
    ...(isVolatile(deepest, probe) && system !== null
      ? [`${system.mountPoint} is a ${system.type}: its contents are lost at each boot`]
      : []),
  ];
}

function nameAnother(directory: string): Repair {
  const advice = directory.startsWith("/")
    ? `Use another directory than ${printable(directory)}`
    : "Use the absolute path of the log";
  return byHand(advice);
}

/** Adds a line that recreates the directory if a boot loses it; the service recreates tsv's own. */
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
  const again = atBoot([line], probe);
  const commands = [...repair.commands, ...again.commands];
  const isRoots = repair.class === "B" && situation.caller.uid === 0;
  return {
    ...repair,
    commands,
    steps: isRoots ? [...repair.steps, ...again.steps] : repair.steps,
  };
}
