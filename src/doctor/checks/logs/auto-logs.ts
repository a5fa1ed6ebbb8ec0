// AUTO logs that users cannot read (LOG-005), logs that the program writes, too (LOG-009), and output that an interpreter delays
// (LOG-010).

import type { Config, ProcessConfig } from "../../../core/config/model.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { daemonAccount, processesOf, readConfig, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { listSome, logOwner, logUses } from "../../facts/logs.ts";
import { describeChanges, optionPlace } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach } from "../check.ts";

export const PRIVATE_AUTO_LOGS = check("LOG-005", (facts) => {
  const config = readConfig(facts);
  if (config === null) return null;
  const own = new Set(
    processesOf(facts)
      .filter(({ user }) => user !== null)
      .map(({ name }) => name),
  );
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

/** Programs whose command names the log that the daemon rotates. */
export const SHARED_LOG = check("LOG-009", (facts) => {
  const commands = new Map(processesOf(facts).map(({ name, command }) => [name, command]));
  const written = logUses(facts).filter(({ path, process, maxBytes, isAuto }) => {
    const command = process === null ? undefined : commands.get(process);
    if (command === undefined || isAuto || maxBytes === 0 || !command.includes(path)) return false;
    if (/^\/(?:dev|proc)\//.test(path)) return false;
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
});

/** `--logfile PATH`, `--error-log=PATH`; `>> PATH` and `tee PATH` if the command runs in a shell. */
function writesTo(command: string, path: string): boolean {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh\s+-[a-z]*c\s/.test(command);
  const option = "-[\\w-]*log[\\w-]*[=\\s]\\s*";
  const before = isShell ? `(?:>>?\\s*|\\btee\\s+(?:-a\\s+)?|${option})` : option;
  return new RegExp(`${before}["']?${literal}(?=["'\\s;]|$)`).test(command);
}

export const BUFFERED_OUTPUT = check("LOG-010", (facts) => {
  const config = readConfig(facts);
  if (config === null) return null;
  const buffered = processesOf(facts).filter((process) => isBuffered(process, config, facts));
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
