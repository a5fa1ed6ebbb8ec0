// LOG-002: the path of a log is a directory or a socket, or a pipe with rotation.

import { printable } from "../../../core/base/printable.ts";
import { absolutePath, dirname } from "../../../core/config/paths.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import {
  type Account,
  daemonAccount,
  ownership,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import { type LogUse, listSome } from "../../facts/logs.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import {
  describeChanges,
  type OptionChange,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { atBoot, fix, isVolatile, repair, tmpfilesLine } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import {
  affectedLogs,
  deepestExisting,
  type LogTrouble,
  logTroubles,
  makeDirectories,
  openSymptom,
} from "./log-access.ts";

export const LOG_IS_NO_FILE = check("LOG-002", "log is not a file", (situation, probe) => {
  const wrong = logTroubles(situation, probe).flatMap((trouble) =>
    trouble.kind === "no-file" ? [noFile(trouble, situation, probe)] : [],
  );
  return [...wrong, ...streamFindings(situation, probe)];
});

function noFile(
  { path, uses, seen }: LogTrouble & { readonly kind: "no-file" },
  situation: Situation,
  probe: Probe,
): Finding {
  const isDirectory = seen.kind === "directory";
  const errno = isDirectory ? "EISDIR" : "ENXIO";
  const [use] = uses;
  return finding("error", path, {
    symptom: openSymptom(situation, path, uses, errno),
    cause: `${path} is a ${seen.kind}, but a log has to be a file.`,
    evidence: [
      `${errno}: ${path} is a ${seen.kind}, ${ownership(seen, probe)}`,
      affectedLogs(uses),
    ],
    place: use === undefined ? null : optionPlace(situation.config, use.section, use.key),
    repair: isDirectory ? nameFiles(uses, situation, probe) : anotherPath(path),
  });
}

function anotherPath(path: string): Repair {
  return byHand(`Name a file instead of ${path} in the configuration`);
}

/** Adds a file name that is unique for each process of a section. */
function nameFiles(uses: readonly LogUse[], situation: Situation, probe: Probe): Repair {
  const { config } = situation;
  const count = processCounts(situation);
  const changes = new Map<string, OptionChange>();
  for (const { section, key, channel } of uses) {
    const written = writtenValue(config, section, key)?.replace(/\/+$/, "");
    if (written === undefined || changes.has(`${section}\n${key}`)) continue;
    const number = (count.get(section) ?? 1) > 1 ? "-%(process_num)02d" : "";
    const name = channel === "main" ? "tsv" : `%(program_name)s${number}-${channel}`;
    changes.set(`${section}\n${key}`, { section, key, value: `${written}/${name}.log` });
  }
  const wanted = Array.from(changes.values());
  return wanted.length === 0
    ? byHand("Add a file name to the directory")
    : repair("Add a file name to the directory", fix.options(config, wanted, probe));
}

function processCounts(situation: Situation): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { processes } of readConfig(situation)?.groups ?? []) {
    for (const { origin } of processes) {
      counts.set(origin.section, (counts.get(origin.section) ?? 0) + 1);
    }
  }
  return counts;
}

// LOG-004: the directory of a log is missing, so the daemon rejects the whole configuration.

export const MISSING_LOG_DIRECTORY = check(
  "LOG-004",
  "directory of a log is missing",
  (situation, probe) => {
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
);

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
    return [unknown(`whether the directory ${printable(directory)} exists (needs root)`)];
  }
  const isTaken = found !== null && (found.ok || found.error === "ENOTDIR");
  return [
    finding("error", directory, {
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
    }),
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

// Pipes and terminals as logs, among them the daemon's own stdout: a part of LOG-002.

interface Stream {
  readonly section: string;
  readonly key: string;
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
}

/** Streams that Supervisor cannot open, or tries to rotate. */
function streamFindings(situation: Situation, probe: Probe): readonly Finding[] {
  const account = daemonAccount(situation, probe);
  return streams(situation, probe).flatMap((stream) => {
    const foreign = refusedBy(stream, account, situation, probe);
    if (foreign !== null) return [refused(stream, foreign, account, { situation, probe })];
    return stream.maxBytes > 0 ? [rotated(stream, situation, probe)] : [];
  });
}

/** One stream for each section and channel. */
function streams(situation: Situation, probe: Probe): readonly Stream[] {
  const found = new Map<string, Stream>();
  const config = readConfig(situation);
  if (config === null) return [];
  const { logfile: path, logfileMaxBytes: maxBytes } = config.daemon;
  if (isStream(path, probe)) {
    found.set("", { section: "supervisord", key: "logfile", path, name: "supervisord", maxBytes });
  }
  for (const { processes } of config.groups) {
    for (const { name, origin, ...process } of processes) {
      for (const channel of ["stdout", "stderr"] as const) {
        const { logfile, maxBytes } = process[channel];
        const { section } = origin;
        const id = `${section}\n${channel}`;
        if (logfile.kind !== "file" || found.has(id) || !isStream(logfile.path, probe)) continue;
        const key = `${channel}_logfile`;
        found.set(id, { section, key, path: logfile.path, name, maxBytes });
      }
    }
  }
  return Array.from(found.values());
}

function isStream(path: string, probe: Probe): boolean {
  if (ownDescriptor(path) !== null) return true;
  if (path === "/dev/null" || !/^\/(?:dev|proc|run)\//.test(path)) return false;
  const found = probe.look(path);
  return found.ok && (found.kind === "pipe" || found.kind === "character");
}

/** The stream of a running Supervisor, if it has no permission to reopen it. */
function refusedBy(
  { path }: Stream,
  account: Account,
  situation: Situation,
  probe: Probe,
): Seen | null {
  const descriptor = ownDescriptor(path);
  const { daemon } = situation;
  if (descriptor === null || daemon === null || !isSupervisor(situation)) return null;
  const found = probe.look(`/proc/${daemon.pid}/fd/${descriptor}`);
  return found.ok && !permits(account, found, "w") ? found : null;
}

function refused(
  { section, key, path, name }: Stream,
  seen: Seen,
  account: Account,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const user = userName(account.uid, probe);
  return finding("error", `${section} ${key}`, {
    symptom: `spawnerr: unknown error making dispatchers for '${name}': EACCES`,
    cause: `Supervisor reopens ${path}, but this ${seen.kind} belongs to another user than ${user}.`,
    evidence: [`${path} of the daemon is a ${seen.kind}, ${ownership(seen, probe)}`],
    place: optionPlace(situation.config, section, key),
    repair: byHand("Run it with tsv, which writes to the inherited descriptor, or log to a file"),
  });
}

function rotated(stream: Stream, situation: Situation, probe: Probe): Finding {
  const { section, key, path, name } = stream;
  const isTheirs = isSupervisor(situation);
  const change = { section, key: `${key}_maxbytes`, value: "0" };
  return finding(isTheirs ? "error" : "info", `${section} ${key}`, {
    symptom: isTheirs
      ? `spawnerr: unknown error making dispatchers for '${name}': ESPIPE`
      : `${path} cannot be rotated, but ${change.key} is not 0`,
    cause: isTheirs
      ? `${path} is a pipe or a terminal, and Supervisor tries to rotate it.`
      : `${path} is a pipe or a terminal, which tsv never rotates; with Supervisor the program would not start.`,
    evidence: [`${key}=${path}`],
    place: optionPlace(situation.config, section, key),
    repair: repair(
      `Set ${change.key}=0`,
      isTheirs
        ? fix.options(situation.config, [change], probe)
        : fix.manual(...describeChanges(situation.config, [change])),
    ),
  });
}
