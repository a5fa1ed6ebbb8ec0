// Logs whose path is a directory or a socket, or a pipe with rotation (LOG-002), or in a missing directory (LOG-004).

import { printable } from "../../../core/base/printable.ts";
import { absolutePath, dirname } from "../../../core/config/paths.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import {
  type Account,
  daemonAccount,
  ownership,
  permits,
  processesOf,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome } from "../../facts/logs.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { fix, isVolatile, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach, groupBy, setOptions, unknown } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "../config/problems.ts";
import { deepestExisting, makeDirectories } from "../missing-directories.ts";
import { logFinding, logProblems, openSymptom } from "./log-access.ts";

export const LOG_IS_NO_FILE = check("LOG-002", (facts) => [
  logProblems(facts).map((problem) => {
    if (problem.kind !== "no-file") return null;
    const { path, uses, seen } = problem;
    const isDirectory = seen.kind === "directory";
    const errno = isDirectory ? "EISDIR" : "ENXIO";
    return logFinding("error", path, uses, facts, {
      symptom: openSymptom(facts, path, uses, errno),
      cause: `${path} is a ${seen.kind}, but a log has to be a file.`,
      evidence: [`${errno}: ${path} is a ${seen.kind}, ${ownership(seen, facts.probe)}`],
      repair: isDirectory
        ? nameFiles(uses, facts)
        : byHand(`Name a file instead of ${path} in the configuration`),
    });
  }),
  isSupervisor(facts)
    ? streamFindings(facts)
    : problemsOf(facts, "LOG-002").map((problem) =>
        problemFinding(problem, facts, {
          severity: "info",
          cause:
            "tsv never rotates a pipe or a terminal; with Supervisor the program would not start.",
          repair: byHand(adviceOf(problem, "Set its maxbytes to 0")),
        }),
      ),
]);

/** Adds a file name that is unique for each process of a section. */
function nameFiles(uses: readonly LogUse[], facts: DoctorFacts): Repair {
  const { config, probe } = facts;
  const processes = processesOf(facts);
  const options = firstOfEach(uses, ({ section, key }) => `${section}\n${key}`);
  const changes = options.flatMap(({ section, key, channel }) => {
    const written = writtenValue(config, section, key)?.replace(/\/+$/, "");
    if (written === undefined) return [];
    const count = processes.filter(({ origin }) => origin.section === section).length;
    const number = count > 1 ? "-%(process_num)02d" : "";
    const name = channel === "main" ? "tsv" : `%(program_name)s${number}-${channel}`;
    return [{ section, key, value: `${written}/${name}.log` }];
  });
  return repair("Add a file name to the directory", fix.options(config, changes, probe));
}

// Pipes and terminals as logs, among them the daemon's own stdout: a part of LOG-002.

/** Streams that Supervisor cannot open, or tries to rotate. */
function streamFindings(facts: DoctorFacts): readonly (Finding | null)[] {
  const { config, probe } = facts;
  const account = daemonAccount(facts);
  return streams(facts).map(({ section, key, path, name, maxBytes }) => {
    const symptom = `spawnerr: unknown error making dispatchers for '${name}'`;
    const place = optionPlace(config, section, key);
    const closed = closedStream(path, account, facts);
    if (closed !== null) {
      const user = userName(account.uid, probe);
      return finding("error", `${section} ${key}`, {
        symptom: `${symptom}: EACCES`,
        cause: `Supervisor reopens ${path}, but this ${closed.kind} belongs to another user than ${user}.`,
        evidence: [`${path} of the daemon is a ${closed.kind}, ${ownership(closed, probe)}`],
        place,
        repair: byHand(
          "Run it with tsv, which writes to the inherited descriptor, or log to a file",
        ),
      });
    }
    if (maxBytes <= 0) return null;
    const limit = `${key}_maxbytes`;
    return finding("error", `${section} ${key}`, {
      symptom: `${symptom}: ESPIPE`,
      cause: `${path} is a pipe or a terminal, and Supervisor tries to rotate it.`,
      evidence: [`${key}=${path}`],
      place,
      repair: setOptions(`Set ${limit}=0`, section, { [limit]: "0" }, facts),
    });
  });
}

/** One stream for each section and channel. */
function streams(facts: DoctorFacts) {
  const config = readConfig(facts);
  if (config === null) return [];
  const { logfile: path, logfileMaxBytes: maxBytes } = config.daemon;
  const all = [
    { section: "supervisord", key: "logfile", path, name: "supervisord", maxBytes },
    ...processesOf(facts).flatMap(({ name, origin: { section }, ...process }) =>
      (["stdout", "stderr"] as const).flatMap((channel) => {
        const { logfile, maxBytes } = process[channel];
        if (logfile.kind !== "file") return [];
        return [{ section, key: `${channel}_logfile`, path: logfile.path, name, maxBytes }];
      }),
    ),
  ];
  return firstOfEach(
    all.filter((stream) => isStream(stream.path, facts.probe)),
    ({ section, key }) => `${section}\n${key}`,
  );
}

function isStream(path: string, probe: Probe): boolean {
  if (ownDescriptor(path) !== null) return true;
  if (path === "/dev/null" || !/^\/(?:dev|proc|run)\//.test(path)) return false;
  const found = probe.look(path);
  return found.ok && (found.kind === "pipe" || found.kind === "character");
}

/** The stream of a running Supervisor, if it has no permission to reopen it. */
function closedStream(path: string, account: Account, facts: DoctorFacts): Seen | null {
  const descriptor = ownDescriptor(path);
  const { daemon, probe } = facts;
  if (descriptor === null || daemon === null) return null;
  const found = probe.look(`/proc/${daemon.pid}/fd/${descriptor}`);
  return found.ok && !permits(account, found, "w") ? found : null;
}

/** Without it, the daemon rejects the whole configuration. */
export const MISSING_LOG_DIRECTORY = check("LOG-004", (facts) => {
  const account = daemonAccount(facts);
  const groups = groupBy(facts.config.problems, (problem) =>
    missingDirectory(problem, account, facts.probe),
  );
  return Array.from(groups, ([path, problems]) => missing(path, problems, account, facts));
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

function missing(
  directory: string,
  [problem, ...more]: readonly [CheckProblem, ...CheckProblem[]],
  account: Account,
  facts: DoctorFacts,
): Finding | Unknown {
  const { probe } = facts;
  const { file, line, section, key } = problem;
  const shown = printable(directory);
  const isAbsolute = directory.startsWith("/");
  const found = isAbsolute ? probe.look(directory) : null;
  if (found?.ok === false && found.error === "EACCES") {
    return unknown(`whether the directory ${shown} exists (needs root)`);
  }
  const isTaken = found !== null && (found.ok || found.error === "ENOTDIR");
  const deepest = isAbsolute ? deepestExisting(directory, probe) : directory;
  const system = isAbsolute && isVolatile(deepest, probe) ? probe.fileSystem(deepest) : null;
  const others = more.map((one) => `[${one.section}] ${one.key}`);
  return finding("error", directory, {
    symptom: problem.message,
    cause: isTaken
      ? `${shown} or a component of its path is not a directory.`
      : `The directory ${shown} does not exist, and the daemon does not create it.`,
    evidence: [
      isAbsolute ? `ENOENT: ${shown}` : null,
      deepest === directory ? null : `the existing part of its path is ${printable(deepest)}`,
      system && `${system.mountPoint} is a ${system.type}: its contents are lost at each boot`,
      others.length === 0 ? null : `also used by ${listSome(others)}`,
    ],
    place: { file, line, section, key },
    repair: !isAbsolute
      ? byHand("Use the absolute path of the log")
      : isTaken
        ? byHand(`Use another directory than ${shown}`)
        : makeDirectories([absolutePath(directory, "/")], account, facts),
  });
}
