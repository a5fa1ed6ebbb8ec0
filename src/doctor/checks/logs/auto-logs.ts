// AUTO logs that users cannot read (LOG-005) or that another daemon removes (LOG-006), logs that several programs write (LOG-009),
// and output that an interpreter delays (LOG-010).

import type { Config, ProcessConfig } from "../../../core/config/model.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { daemonAccount, readConfig, userName } from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { DoctorFacts, RunningDaemon } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/logs.ts";
import { type Probe, remembering } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { describeChanges, optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach, groupBy, setOptions } from "../check.ts";
import { optionsIn } from "../system-files.ts";

export const PRIVATE_AUTO_LOGS = check("LOG-005", "AUTO logs are private", (facts) => {
  const config = readConfig(facts);
  if (config === null) return null;
  const processes = config.groups.flatMap((group) => group.processes);
  const own = new Set(processes.filter(({ user }) => user !== null).map(({ name }) => name));
  const surprising = logUses(facts).filter(
    ({ isAuto, process }) => isAuto && process !== null && own.has(process),
  );
  if (surprising.length === 0) return null;
  const directory = config.daemon.childLogDir;
  const user = userName(daemonAccount(facts).uid, facts.probe);
  return finding("info", directory, {
    symptom: `Permission denied for every user except ${user} who reads an AUTO log in ${directory}`,
    cause: `AUTO logs have mode 0600 and belong to the daemon's user ${user}, even for programs with user=.`,
    evidence: [`AUTO logs of: ${listSome(surprising.map(logOwner), 6)}`],
    place: optionPlace(facts.config, "supervisord", "childlogdir"),
    repair: byHand("Read them with tsv tail, or set stdout_logfile= to a file", [
      `tsv tail ${surprising[0]?.process ?? "NAME"}`,
    ]),
  });
});

// LOG-006: a Supervisor has the same identifier and AUTO log directory as this daemon, and removes its logs at start. tsv
// never removes the logs of a running tsv.

export const SHARED_AUTO_LOGS = check(
  "LOG-006",
  "another daemon removes this one's logs",
  (facts) => {
    const config = readConfig(facts);
    const { daemon, daemons, probe } = facts;
    if (config === null || daemon === null) return null;
    const { identifier, childLogDir } = config.daemon;
    const isAuto = config.groups.some(({ processes }) =>
      processes.some(
        ({ stdout, stderr }) => stdout.logfile.kind === "auto" || stderr.logfile.kind === "auto",
      ),
    );
    if (!isAuto) return null;
    const directory = probe.realPath(childLogDir) ?? childLogDir;
    return daemons.map((other) => {
      // tsv removes only files of its own user that are not in use; Supervisor removes whatever it has permission to remove.
      if (other.pid === daemon.pid || other.kind === "tsv") return null;
      const theirs = autoLogsOf(other, facts);
      if (theirs === null || theirs.keeps) return null;
      if (theirs.identifier !== identifier || theirs.directory !== directory) return null;
      return clash(other, identifier, childLogDir, facts);
    });
  },
);

interface AutoLogs {
  readonly identifier: string;
  readonly directory: string;
  readonly keeps: boolean;
}

/** The settings of another daemon, from its configuration and command line; null if unknown. */
function autoLogsOf(daemon: RunningDaemon, { config, probe }: DoctorFacts): AutoLogs | null {
  if (daemon.config === null || daemon.config === config.path) return null;
  const options = optionsIn(daemon.config, "supervisord", probe);
  if (options === null) return null;
  const here = dirname(daemon.config);
  const value = (key: string): string | null =>
    options.get(key)?.replaceAll("%(here)s", here) ?? null;
  const identifier = wordAfter(daemon, "-i", "--identifier") ?? value("identifier") ?? "supervisor";
  const directory = wordAfter(daemon, "-q", "--childlogdir") ?? value("childlogdir") ?? "/tmp";
  const keeps =
    daemon.command.some((word) => word === "-k" || word === "--nocleanup") ||
    /^(?:yes|true|on|1)$/i.test(value("nocleanup") ?? "");
  return { identifier, directory: probe.realPath(directory) ?? directory, keeps };
}

function wordAfter({ command }: RunningDaemon, short: string, long: string): string | null {
  for (const [index, word] of command.entries()) {
    if (word === short || word === long) return command[index + 1] ?? null;
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1);
  }
  return null;
}

function clash(
  other: RunningDaemon,
  identifier: string,
  directory: string,
  facts: DoctorFacts,
): Finding {
  const { config, service } = facts;
  const fresh = identifier === service.name ? `${service.name}-2` : service.name;
  const advice = `Set identifier=${fresh} for this daemon`;
  return finding("warning", other.config ?? `pid ${other.pid}`, {
    symptom: `AUTO logs in ${directory} disappear when the other daemon starts`,
    cause: `The daemon with pid ${other.pid} has the same identifier and AUTO log directory, and removes the AUTO logs there when it starts.`,
    evidence: [
      `identifier=${identifier} and childlogdir=${directory} in both`,
      `pid ${other.pid} runs ${other.config ?? "with an unknown configuration"}`,
    ],
    place: optionPlace(config, "supervisord", "identifier"),
    repair: setOptions(advice, "supervisord", { identifier: fresh }, facts),
  });
}

export const SHARED_LOG = check("LOG-009", "one log for several programs", (facts) => {
  const uses = logUses(facts).filter(
    ({ path, isAuto }) => !isAuto && !/^\/(?:dev|proc)\//.test(path),
  );
  const byPath = usesByPath(withRealDirectories(uses, facts.probe));
  return [
    Array.from(byPath, ([path, users]) => sharedFinding(path, users, facts)),
    selfWritten(uses, facts),
  ];
});

/** Resolves symlinks, so that two names of one directory are equal. */
function withRealDirectories(uses: readonly LogUse[], probe: Probe): readonly LogUse[] {
  const realOf = remembering((directory: string) => probe.realPath(directory) ?? directory);
  return uses.map((use) => {
    const { head, tail } = splitPath(use.path);
    return { ...use, path: joinPath(realOf(head), tail) };
  });
}

function sharedFinding(path: string, users: readonly LogUse[], facts: DoctorFacts): Finding | null {
  if (users.length < 2 || users.every(({ maxBytes }) => maxBytes === 0)) return null;
  const found = facts.probe.look(path);
  if (found.ok && found.kind !== "file") return null;
  const isTheirs = isSupervisor(facts);
  const limits = new Set(
    users.map(({ maxBytes, backups }) => `${maxBytes} bytes and ${backups} backups`),
  );
  return finding(isTheirs ? "warning" : "info", path, {
    symptom: isTheirs
      ? `lines are missing from ${path}`
      : `lines of several programs are mixed in ${path}`,
    cause: isTheirs
      ? "Each of these rotates the file independently, so the others lose it."
      : "They log to one file. tsv rotates it correctly, but Supervisor would lose lines.",
    evidence: [
      `${path} is the log of ${listSome(users.map(logOwner), 6)}`,
      limits.size > 1 ? `with different limits: ${Array.from(limits).join("; ")}` : null,
    ],
    place: optionPlace(facts.config, users[0]?.section ?? "", users[0]?.key ?? ""),
    repair: separate(users, isTheirs, facts),
  });
}

/** A unique name for each section and channel except the first. */
function separate(
  users: readonly LogUse[],
  isTheirs: boolean,
  { config, probe }: DoctorFacts,
): Repair {
  const options = Array.from(groupBy(users, ({ section, key }) => `${section}\n${key}`).values());
  const kept = options.find(({ length }) => length === 1);
  const changes = options.flatMap((group) => {
    const [{ section, key }] = group;
    const written = writtenValue(config, section, key);
    if (group === kept || written === null || /[;#\n]/.test(written)) return [];
    const number = group.length > 1 ? "_%(process_num)02d" : "";
    const name = `%(program_name)s${number}-${key.slice(0, 6)}.log`;
    return [{ section, key, value: joinPath(dirname(written), name) }];
  });
  return repair(
    "Give each of them its own log",
    isTheirs
      ? fix.options(config, changes, probe)
      : fix.manual(...describeChanges(config, changes)),
  );
}

/** Programs whose command names the log that the daemon rotates. */
function selfWritten(uses: readonly LogUse[], facts: DoctorFacts): readonly Finding[] {
  const commands = new Map<string, string>();
  for (const { processes } of readConfig(facts)?.groups ?? []) {
    for (const { name, command } of processes) commands.set(name, command);
  }
  const written = uses.filter(({ path, process, maxBytes }) => {
    const command = process === null ? undefined : commands.get(process);
    if (command === undefined || maxBytes === 0 || !command.includes(path)) return false;
    const found = facts.probe.look(path);
    return (!found.ok || found.kind === "file") && writesTo(command, path);
  });
  const distinct = firstOfEach(written, ({ section, path }) => `${section} ${path}`);
  return distinct.map(({ path, maxBytes, section, key, channel }) =>
    finding("warning", `${section} ${path}`, {
      symptom: `${path} stays empty after a rotation, and its first copy grows`,
      cause:
        "The command writes to the same file as the daemon, and does not notice when the daemon rotates it.",
      evidence: [`the command names ${path}`, `${key}=${path}, rotated at ${maxBytes} bytes`],
      place: optionPlace(facts.config, section, key),
      repair: byHand(
        "Use another path for one of the two, or disable rotation of this file",
        describeChanges(facts.config, [
          { section, key: `${channel}_logfile_maxbytes`, value: "0" },
        ]),
      ),
    }),
  );
}

/** `--logfile PATH`, `--error-log=PATH`; `>> PATH` and `tee PATH` if the command runs in a shell. */
function writesTo(command: string, path: string): boolean {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh\s+-[a-z]*c\s/.test(command);
  const option = "-[\\w-]*log[\\w-]*[=\\s]\\s*";
  const before = isShell ? `(?:>>?\\s*|\\btee\\s+(?:-a\\s+)?|${option})` : option;
  return new RegExp(`${before}["']?${literal}(?=["'\\s;]|$)`).test(command);
}

export const BUFFERED_OUTPUT = check("LOG-010", "output may be delayed", (facts) => {
  const config = readConfig(facts);
  if (config === null) return null;
  const processes = config.groups.flatMap((group) => group.processes);
  const buffered = processes.filter((process) => isBuffered(process, config, facts));
  return firstOfEach(buffered, ({ origin }) => origin.section).map(
    ({ name, origin: { section } }) =>
      finding("info", section, {
        symptom: `the log of ${name} may stay empty until it exits`,
        cause: "Python buffers up to 8 KB of output if its stdout is not a terminal.",
        evidence: ["the command calls Python without -u, and PYTHONUNBUFFERED is not set"],
        place: optionPlace(facts.config, section, "command"),
        repair: byHand("Call Python with -u, or set PYTHONUNBUFFERED", [
          `# in [${section}] write: environment=PYTHONUNBUFFERED="1"`,
        ]),
      }),
  );
});

function isBuffered(
  process: ProcessConfig,
  config: Config,
  { config: facts }: DoctorFacts,
): boolean {
  const { tty, stdout, command, environment } = process;
  if (tty || (stdout.logfile.kind === "none" && !stdout.syslog)) return false;
  const all = { ...facts.environment, ...config.daemon.environment, ...environment };
  if ((all["PYTHONUNBUFFERED"] ?? "") !== "") return false;
  const words = splitCommand(command);
  return words.ok && isPlainPython(words.value);
}

/** Options of Python that take an argument. */
const WITH_VALUE = /^-[A-Za-z]*[WX]$/;
/** The Python program follows: options end here. */
const PROGRAM = /^-[A-Za-z]*[cm]/;

/** `python3 app.py` and `env A=b python3 app.py`, without -u. */
function isPlainPython(words: readonly string[]): boolean {
  let at = 0;
  if (/(?:^|\/)env$/.test(words[0] ?? "")) {
    at = 1;
    while (/^[A-Za-z_]\w*=/.test(words[at] ?? "")) {
      if (/^PYTHONUNBUFFERED=./.test(words[at] ?? "")) return false;
      at += 1;
    }
  }
  if (!/(?:^|\/)(?:python|pypy)[\d.]*$/.test(words[at] ?? "")) return false;
  const options = words.slice(at + 1);
  for (let index = 0; index < options.length; index += 1) {
    const word = options[index] ?? "";
    if (!word.startsWith("-") || word === "-" || word === "--") break;
    if (/^-[A-Za-z]*u/.test(word) && !/^-[A-Za-z]*[cmWX].*u/.test(word)) return false;
    if (PROGRAM.test(word)) break;
    if (WITH_VALUE.test(word)) index += 1;
  }
  return options.length > 0;
}
