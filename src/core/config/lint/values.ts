// Advice about values that are valid but out of a sensible range, or that contradict each other.

import { printable } from "../../base/printable.ts";
import { HOOK_OPTIONS } from "../../process/hooks.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { nextCron } from "../../schedules/cron.ts";
import { parseSchedule } from "../../schedules/schedule.ts";
import type { ConfigWarning } from "../model.ts";
import type { SectionKind } from "../options/sections.ts";
import { findEntry } from "../options/table.ts";
import { splitCommand } from "../posix-lexer.ts";
import { parseInteger, parseOctal } from "../quantities.ts";
import { type Advice, type RawOption, type RawSection, warnAt } from "../raw.ts";
import type { ConfigWorld } from "../world.ts";
import { ASSIGNMENT, commandTokens, EXEC, shellSyntax, waitsForChildren } from "./commands.ts";
import { lintOutput } from "./output.ts";

const TRUE = /^(?:yes|true|on|1)$/i;

/** Advice on one option; null for none. */
type Rule = (option: RawOption, section: RawSection, world: ConfigWorld) => Advice | null;

function text(section: RawSection, key: string): string {
  return section.options.get(key)?.value ?? "";
}

/** Numbers that Supervisor takes, and that make no sense. */
function lintNumber(option: RawOption, kind: SectionKind): Advice | null {
  const { key, value } = option;
  const entry = findEntry(kind, key);
  const outside = (why: string, write: string): Advice => {
    return { rule: "out-of-range", message: `${key} ${why}`, suggestion: `write ${write}` };
  };
  // Other sizes are refused if they are negative.
  if (key.endsWith("_maxbytes") && /^\s*-/.test(value)) {
    const isCapture = key.endsWith("capture_maxbytes");
    return outside("is negative", isCapture ? "0 to capture nothing" : "0 to never rotate");
  }
  if (entry?.kind === "octal") {
    const mode = parseOctal(value);
    const isMode = !mode.ok || (mode.value >= 0 && mode.value <= 0o7777);
    return isMode ? null : outside("has more bits than a mode", "it as 022");
  }
  const minimum = entry?.isOwn === true ? undefined : entry?.minimum;
  const number = parseInteger(value);
  if (minimum === undefined || !number.ok || number.value >= minimum) return null;
  return outside(`is below ${minimum}`, `${minimum} or more`);
}

/** Pipes and terminals cannot be rotated. */
const lintDevice: Rule = ({ key, value }, section) => {
  if (!/^\/(?:dev|proc)\//.test(value) || value === "/dev/null") return null;
  if (/^\s*0/.test(text(section, `${key}_maxbytes`))) return null;
  const message = `${value} cannot be rotated, but ${key}_maxbytes is not 0`;
  const suggestion = `add ${key}_maxbytes=0`;
  return { rule: "not-rotatable", message, suggestion };
};

/** A shell that waits for its command takes the stop signal itself and leaves the command running. */
const lintShell: Rule = ({ value }, section) => {
  const isJob = text(section, "type") === "oneshot" || section.options.has("schedule");
  const isForAll = TRUE.test(text(section, "stopasgroup")) || section.options.has("kill_mode");
  if (isJob || isForAll || !waitsForChildren(value)) return null;
  const message = "the stop signal is sent only to the shell; its child processes keep running";
  const suggestion = "add stopasgroup=true, or begin the last command with exec";
  return { rule: "shell-keeps-signal", message, suggestion };
};

const lintStopSignal: Rule = ({ value }) => {
  const signal = value.trim().toUpperCase().replace(/^SIG/, "");
  const messages: Readonly<Record<string, string>> = {
    0: "signal 0 does nothing: every stop waits stopwaitsecs and then kills",
    KILL: "SIGKILL does not let the program clean up",
    9: "SIGKILL does not let the program clean up",
    STOP: "SIGSTOP suspends the program, but does not stop it",
    19: "SIGSTOP suspends the program, but does not stop it",
  };
  const message = messages[signal];
  if (message === undefined) return null;
  const suggestion = "stopsignal=TERM is the default";
  // It works as intended, unlike the others.
  const rule = signal === "KILL" || signal === "9" ? "stop-choice" : "stop-signal";
  return { rule, message, suggestion };
};

const lintKillAsGroup: Rule = ({ value }, section) => {
  const { options } = section;
  if (!TRUE.test(value) || options.has("stopasgroup") || options.has("kill_mode")) return null;
  const message =
    "killasgroup=true without stopasgroup: children get no stop signal, and only a stop that takes longer " +
    "than stopwaitsecs kills them";
  const suggestion = "add stopasgroup=true if children have to stop with the program";
  return { rule: "kill-without-stop", message, suggestion };
};

/** A rule of commands for that of an `exec:` check, which is refused already if it cannot be split. */
const inExec =
  (rule: Rule): Rule =>
  (option, section, world) => {
    const [, value = ""] = EXEC.exec(option.value) ?? [];
    const advice = value === "" ? null : rule({ ...option, value }, section, world);
    return advice?.rule === "command-quotes" ? null : advice;
  };

/** What fails if the command of an option cannot be split. */
function failing(key: string): string {
  if (key === "reload_command") return "reload";
  return HOOK_OPTIONS.includes(key) && key !== "pre_start" ? key : "start";
}

/** Commands that cannot be split, and parts of commands that only a shell would interpret. */
const lintWords: Rule = ({ key, value }, _section, world) => {
  if (value === "" && key === "command")
    return { rule: "empty-command", message: "command is empty", suggestion: "name a program" };
  const words = splitCommand(value);
  if (!words.ok) {
    const message = `${key} cannot be split into words (${words.error}); every ${failing(key)} will fail`;
    const suggestion = "close the quotation, or escape it with a backslash";
    return { rule: "command-quotes", message, suggestion };
  }
  const [first = "", ...more] = words.value;
  // One word: the name of a program that contains spaces.
  if (more.length === 0 && /\s/.test(first) && /^(["']).*\1$/s.test(value)) {
    if (world.exists(first)) return null;
    const message =
      "the whole command is in quotes: it is one word, the name of a file with spaces";
    const suggestion = "remove the quotes around the command";
    return { rule: "quoted-command", message, suggestion };
  }
  const [, variable] = ASSIGNMENT.exec(value) ?? [];
  if (variable !== undefined) {
    const message = `the variable ${variable} is taken for the name of a program: the command is not run by a shell`;
    const suggestion = `begin the command with /usr/bin/env, or set ${variable} in environment=`;
    return { rule: "shell-syntax", message, suggestion };
  }
  const signs = shellSyntax(value, world);
  if (signs.length === 0) return null;
  const shown = signs.map((sign) => `\`${printable(redactPatterns(sign))}\``).join(" and ");
  const taker = key === "command" ? "the program" : key;
  const message = `${taker} gets ${shown} literally: the command is not run by a shell`;
  const suggestion = "run it by /bin/sh -c '...', or put it into a script";
  return { rule: "shell-syntax", message, suggestion };
};

/** Indented lines are joined anyway: a backslash at the end of a line adds the line feed to the next argument. */
const lintContinuation: Rule = ({ value }) => {
  if (!commandTokens(value).some(({ breaksLine }) => breaksLine)) return null;
  const message =
    "an argument begins with a line feed: a \\ at the end of a line does not join lines";
  const suggestion = "remove the backslash, and indent the next line";
  return { rule: "line-continuation", message, suggestion };
};

/** Any time does: an expression without a year that is due some time is due again. */
const SOME_TIME = 0;

/** Schedules that can be read and are never due. What an expansion will give is not known. */
const lintSchedule: Rule = ({ value }) => {
  const schedule = parseSchedule(value);
  if (value.includes("%") || !schedule.ok || schedule.value.kind !== "cron") return null;
  if (nextCron(schedule.value, SOME_TIME) !== null) return null;
  const message = `\`${value}\` is never due: no month has such a day`;
  return { rule: "never-due", message, suggestion: "correct the day or the month" };
};

/** An option that has no effect without another one. */
function without(needed: string): Rule {
  return ({ key }, section) => {
    if (section.options.has(needed)) return null;
    const message = `${key} has no effect without ${needed}`;
    return { rule: "combination", message, suggestion: `add ${needed}=, or remove ${key}` };
  };
}

const lintHookTimeout: Rule = ({ key }, section) => {
  if (HOOK_OPTIONS.some((each) => section.options.has(each))) return null;
  const message = `${key} has no effect without a hook`;
  const suggestion = `add one, such as pre_start=, or remove ${key}`;
  return { rule: "combination", message, suggestion };
};

const PROGRAM_RULES: readonly (readonly [key: string, rule: Rule])[] = [
  ["stdout_logfile", lintDevice],
  ["stderr_logfile", lintDevice],
  ["command", lintShell],
  ["stopsignal", lintStopSignal],
  ["killasgroup", lintKillAsGroup],
  ["command", lintWords],
  ["command", lintContinuation],
  ["env_command", lintWords],
  ["env_command", lintContinuation],
  ["ready_check", inExec(lintWords)],
  ["ready_check", inExec(lintContinuation)],
  ["health_check", inExec(lintWords)],
  ["health_check", inExec(lintContinuation)],
  ["schedule", lintSchedule],
  ["health_interval", without("health_check")],
  ["health_timeout", without("health_check")],
  ["health_retries", without("health_check")],
  ["health_start_period", without("health_check")],
  ["health_action", without("health_check")],
  ["reload_command", lintWords],
  ["reload_command", lintContinuation],
  ["reload_timeout", without("reload_command")],
  ["watch_ignore", without("watch")],
  ["watch_delay", without("watch")],
  ["watch_action", without("watch")],
  ...HOOK_OPTIONS.flatMap((key) => [[key, lintWords] as const, [key, lintContinuation] as const]),
  ["hook_timeout", lintHookTimeout],
  ["max_age_jitter", without("max_age")],
  ["ready_timeout", without("ready_check")],
  ["ready_interval", without("ready_check")],
  ["overlap", without("schedule")],
  ["catch_up", without("schedule")],
  ["env_command_timeout", without("env_command")],
];
const RULES: Partial<Readonly<Record<SectionKind, typeof PROGRAM_RULES>>> = {
  supervisord: [["logfile", lintDevice]],
  program: PROGRAM_RULES,
  "fcgi-program": PROGRAM_RULES,
  eventlistener: PROGRAM_RULES,
};

/** Warnings about the values of one section. */
export function lintValues(
  section: RawSection,
  kind: SectionKind,
  world: ConfigWorld,
): readonly ConfigWarning[] {
  const found = Array.from(section.options.values(), (option) => {
    return [option, lintNumber(option, kind)] as const;
  });
  for (const [key, rule] of RULES[kind] ?? []) {
    const option = section.options.get(key);
    if (option !== undefined) found.push([option, rule(option, section, world)]);
  }
  const warnings = found.flatMap(([option, advice]) =>
    advice === null ? [] : [warnAt(section, option, advice)],
  );
  return RULES[kind] === PROGRAM_RULES ? [...warnings, ...lintOutput(section)] : warnings;
}
