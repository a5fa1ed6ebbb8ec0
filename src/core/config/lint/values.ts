// Advice about values that are valid but out of a sensible range, or that contradict each other.

import { printable } from "../../base/printable.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { nextCron } from "../../schedules/cron.ts";
import { parseSchedule } from "../../schedules/schedule.ts";
import type { ConfigWarning } from "../model.ts";
import type { SectionKind } from "../options/entry.ts";
import { PROGRAM } from "../options/program.ts";
import { findEntry } from "../options/table.ts";
import { splitCommand } from "../posix-lexer.ts";
import { parseInteger, parseOctal } from "../quantities.ts";
import type { RawOption, RawSection } from "../raw.ts";
import { warnAt } from "../raw.ts";
import type { ConfigWorld } from "../world.ts";
import { commandTokens, shellSyntax, waitsForChildren } from "./commands.ts";
import { lintOutput } from "./output.ts";

const TRUE = /^(?:yes|true|on|1)$/i;

type Lint = (
  section: RawSection,
  kind: SectionKind,
  world: ConfigWorld,
) => readonly ConfigWarning[];

function text(section: RawSection, key: string): string {
  return section.options.get(key)?.value ?? "";
}

const lintNumbers: Lint = (section, kind) =>
  Array.from(section.options.values()).flatMap((option) => {
    const entry = findEntry(kind, option.key);
    const minimum = entry?.minimum;
    // Other sizes are refused if they are negative.
    if (option.key.endsWith("_maxbytes") && /^\s*-/.test(option.value)) {
      const message = `${option.key} is negative`;
      const isCapture = option.key.endsWith("capture_maxbytes");
      const suggestion = isCapture ? "write 0 to capture nothing" : "write 0 to never rotate";
      return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
    }
    if (entry?.kind === "octal") {
      const mode = parseOctal(option.value);
      if (!mode.ok || (mode.value >= 0 && mode.value <= 0o7777)) return [];
      const message = `${option.key} has more bits than a mode`;
      const suggestion = "write it as 022";
      return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
    }
    if (minimum === undefined || entry?.isOwn === true) return [];
    const number = parseInteger(option.value);
    if (!number.ok || number.value >= minimum) return [];
    const message = `${option.key} is below ${minimum}`;
    const suggestion = `write ${minimum} or more`;
    return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
  });

/** Pipes and terminals cannot be rotated. */
const lintDevices: Lint = (section, kind) =>
  ["logfile", "stdout_logfile", "stderr_logfile"].flatMap((key) => {
    // The option means nothing in a section of another kind.
    if (findEntry(kind, key) === null) return [];
    const logfile = section.options.get(key);
    if (logfile === undefined || !/^\/(?:dev|proc)\//.test(logfile.value)) return [];
    if (logfile.value === "/dev/null") return [];
    const maxBytes = text(section, `${key}_maxbytes`);
    if (/^\s*0/.test(maxBytes)) return [];
    const message = `${logfile.value} cannot be rotated, but ${key}_maxbytes is not 0`;
    const suggestion = `add ${key}_maxbytes=0`;
    return [warnAt(section, logfile, { rule: "not-rotatable", message, suggestion })];
  });

/** A shell that waits for its command takes the stop signal itself and leaves the command running. */
const lintShell: Lint = (section) => {
  const command = section.options.get("command");
  if (command === undefined || TRUE.test(text(section, "stopasgroup"))) return [];
  if (!waitsForChildren(command.value)) return [];
  const message = "the stop signal is sent only to the shell; its child processes keep running";
  const suggestion = "add stopasgroup=true, or begin the last command with exec";
  return [warnAt(section, command, { rule: "shell-keeps-signal", message, suggestion })];
};

const lintStopSignal: Lint = (section) => {
  const option = section.options.get("stopsignal");
  if (option === undefined) return [];
  const signal = option.value.trim().toUpperCase().replace(/^SIG/, "");
  const remarks: Readonly<Record<string, string>> = {
    0: "signal 0 does nothing: every stop waits stopwaitsecs and then kills",
    KILL: "SIGKILL does not let the program clean up",
    9: "SIGKILL does not let the program clean up",
    STOP: "SIGSTOP suspends the program, but does not stop it",
    19: "SIGSTOP suspends the program, but does not stop it",
  };
  const message = remarks[signal];
  if (message === undefined) return [];
  const suggestion = "stopsignal=TERM is the default";
  // It works as intended, unlike the others.
  const rule = signal === "KILL" || signal === "9" ? "stop-choice" : "stop-signal";
  return [warnAt(section, option, { rule, message, suggestion })];
};

const lintKillAsGroup: Lint = (section) => {
  const kill = section.options.get("killasgroup");
  if (kill === undefined || !TRUE.test(kill.value) || section.options.has("stopasgroup")) return [];
  const message =
    "killasgroup=true without stopasgroup: children get no stop signal, and only a stop that takes longer " +
    "than stopwaitsecs kills them";
  const suggestion = "add stopasgroup=true if children have to stop with the program";
  return [warnAt(section, kill, { rule: "kill-without-stop", message, suggestion })];
};

const lintCommand: Lint = (section, _kind, world) => {
  const command = section.options.get("command");
  if (command === undefined) return [];
  if (command.value === "") {
    const empty = { message: "command is empty", suggestion: "name a program" };
    return [warnAt(section, command, { rule: "empty-command", ...empty })];
  }
  return [...lintWords(section, command, world), ...lintContinuation(section, command)];
};

const lintEnvCommand: Lint = (section, _kind, world) => {
  const option = section.options.get(PROGRAM.envCommand.key);
  return option === undefined ? [] : lintWords(section, option, world);
};

function lintWords(
  section: RawSection,
  option: RawOption,
  world: ConfigWorld,
): readonly ConfigWarning[] {
  const words = splitCommand(option.value);
  if (words.ok) return lintShellSyntax(section, option, words.value, world);
  const message = `${option.key} cannot be split into words (${words.error}); every start will fail`;
  const suggestion = "close the quotation, or escape it with a backslash";
  return [warnAt(section, option, { rule: "command-quotes", message, suggestion })];
}

/** Parts of a command that only a shell would interpret. */
function lintShellSyntax(
  section: RawSection,
  command: RawOption,
  words: readonly string[],
  world: ConfigWorld,
): readonly ConfigWarning[] {
  const [first = ""] = words;
  // One word: the name of a program that contains spaces.
  if (words.length === 1 && /\s/.test(first) && /^(["']).*\1$/s.test(command.value)) {
    if (world.exists(first)) return [];
    const message =
      "the whole command is in quotes: it is one word, the name of a file with spaces";
    const suggestion = "remove the quotes around the command";
    return [warnAt(section, command, { rule: "quoted-command", message, suggestion })];
  }
  const signs = shellSyntax(command.value, world);
  if (signs.length === 0) return [];
  const shown = signs.map((sign) => `\`${printable(redactPatterns(sign))}\``).join(" and ");
  const taker = command.key === PROGRAM.envCommand.key ? "env_command" : "the program";
  const message = `${taker} gets ${shown} literally: the command is not run by a shell`;
  const suggestion = "run it by /bin/sh -c '...', or put it into a script";
  return [warnAt(section, command, { rule: "shell-syntax", message, suggestion })];
}

/** Indented lines are joined anyway: a backslash at the end of a line adds the line feed to the next argument. */
function lintContinuation(section: RawSection, command: RawOption): readonly ConfigWarning[] {
  if (!commandTokens(command.value).some(({ breaksLine }) => breaksLine)) return [];
  const message =
    "an argument begins with a line feed: a \\ at the end of a line does not join lines";
  const suggestion = "remove the backslash, and indent the next line";
  return [warnAt(section, command, { rule: "line-continuation", message, suggestion })];
}

const PROGRAM_LINTS: readonly Lint[] = [
  lintShell,
  lintStopSignal,
  lintKillAsGroup,
  lintCommand,
  lintEnvCommand,
  lintSchedule,
  lintHealth,
  lintOutput,
];
const PROGRAM_KINDS: ReadonlySet<SectionKind> = new Set([
  "program",
  "fcgi-program",
  "eventlistener",
]);

/** Remarks on the values of one section. */
export function lintValues(
  section: RawSection,
  kind: SectionKind,
  world: ConfigWorld,
): readonly ConfigWarning[] {
  const lints = [lintNumbers, lintDevices, ...(PROGRAM_KINDS.has(kind) ? PROGRAM_LINTS : [])];
  return lints.flatMap((check) => check(section, kind, world));
}

/** Options, and the one that they belong to. */
const BELONGS: Readonly<Record<string, string>> = {
  health_interval: "health_check",
  health_timeout: "health_check",
  health_retries: "health_check",
  health_start_period: "health_check",
  health_action: "health_check",
  max_age_jitter: "max_age",
};

/** Remarks on one section of a program. */
function lintHealth(section: RawSection): readonly ConfigWarning[] {
  return Object.entries(BELONGS).flatMap(([key, needed]) => {
    const option = section.options.get(key);
    if (option === undefined || section.options.has(needed)) return [];
    const message = `${key} has no effect without ${needed}`;
    const suggestion = `add ${needed}=, or remove ${key}`;
    return [warnAt(section, option, { rule: "combination", message, suggestion })];
  });
}

/** Any moment does: an expression without a year that is due some time is due again. */
const SOME_MOMENT = 0;

/** A remark on `schedule=` of one section. What an expansion will give is not known. */
function lintSchedule(section: RawSection): readonly ConfigWarning[] {
  const option = section.options.get("schedule");
  if (option === undefined || option.value.includes("%")) return [];
  const schedule = parseSchedule(option.value);
  if (!schedule.ok || schedule.value.kind !== "cron") return [];
  if (nextCron(schedule.value, SOME_MOMENT) !== null) return [];
  const message = `\`${option.value}\` is never due: no month has such a day`;
  const suggestion = "correct the day or the month";
  return [warnAt(section, option, { rule: "never-due", message, suggestion })];
}
