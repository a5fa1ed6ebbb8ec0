// Advice about values that are valid but out of a sensible range, or that do not go together.

import { parseInteger, parseOctal } from "../integer.ts";
import type { ConfigWarning } from "../model.ts";
import type { SectionKind } from "../options/entry.ts";
import { findEntry } from "../options/table.ts";
import { splitCommand } from "../posix-lexer.ts";
import type { RawSection } from "../raw.ts";
import { warnAt } from "./place.ts";

const TRUE = /^(?:yes|true|on|1)$/i;

type Lint = (section: RawSection, kind: SectionKind) => readonly ConfigWarning[];

function text(section: RawSection, key: string): string {
  return section.options.get(key)?.value ?? "";
}

const lintNumbers: Lint = (section, kind) =>
  Array.from(section.options.values()).flatMap((option) => {
    const entry = findEntry(kind, option.key);
    const minimum = entry?.minimum;
    if (entry?.kind === "byte size" && /^\s*-/.test(option.value)) {
      const message = `${option.key} is negative`;
      const suggestion = "write 0 to never rotate";
      return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
    }
    if (entry?.kind === "octal") {
      const mode = parseOctal(option.value);
      if (!mode.ok || (mode.value >= 0 && mode.value <= 0o7777)) return [];
      const message = `${option.key} has more bits than a mode has`;
      const suggestion = "write it as 022";
      return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
    }
    if (minimum === undefined) return [];
    const number = parseInteger(option.value);
    if (!number.ok || number.value >= minimum) return [];
    const message = `${option.key} is below ${minimum}`;
    const suggestion = `write ${minimum} or more`;
    return [warnAt(section, option, { rule: "out-of-range", message, suggestion })];
  });

/** Pipes and terminals cannot be rotated. */
const lintDevices: Lint = (section) =>
  ["logfile", "stdout_logfile", "stderr_logfile"].flatMap((key) => {
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
  const words = splitCommand(command.value);
  if (!words.ok) return [];
  const [program = "", option = "", script = ""] = words.value;
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$/.test(program) && /^-[a-z]*c$/.test(option);
  // The shell runs a single command in its own place; it is lists and pipes that it waits for.
  if (!isShell || !/[;&|\n]/.test(script) || /(?:^|[;&|]\s*)exec\s/.test(script)) return [];
  const message = "the stop signal reaches the shell alone; what the shell started keeps running";
  const suggestion = "add stopasgroup=true, or begin the last command with exec";
  return [warnAt(section, command, { rule: "shell-keeps-signal", message, suggestion })];
};

const lintStopSignal: Lint = (section) => {
  const option = section.options.get("stopsignal");
  if (option === undefined) return [];
  const signal = option.value.trim().toUpperCase().replace(/^SIG/, "");
  const remarks: Readonly<Record<string, string>> = {
    0: "signal 0 does nothing: every stop waits stopwaitsecs and then kills",
    KILL: "SIGKILL leaves the program no chance to tidy up",
    9: "SIGKILL leaves the program no chance to tidy up",
    STOP: "SIGSTOP suspends the program and does not end it",
    19: "SIGSTOP suspends the program and does not end it",
  };
  const message = remarks[signal];
  if (message === undefined) return [];
  const suggestion = "stopsignal=TERM is the default";
  return [warnAt(section, option, { rule: "stop-signal", message, suggestion })];
};

const lintKillAsGroup: Lint = (section) => {
  const kill = section.options.get("killasgroup");
  if (kill === undefined || !TRUE.test(kill.value) || section.options.has("stopasgroup")) return [];
  const message =
    "killasgroup=true without stopasgroup: children get no stop signal, and only a stop that takes longer " +
    "than stopwaitsecs kills them";
  const suggestion = "add stopasgroup=true if children must go with the program";
  return [warnAt(section, kill, { rule: "kill-without-stop", message, suggestion })];
};

const lintCommand: Lint = (section) => {
  const command = section.options.get("command");
  if (command === undefined) return [];
  if (command.value === "") {
    const empty = { message: "command is empty", suggestion: "name a program" };
    return [warnAt(section, command, { rule: "empty-command", ...empty })];
  }
  const words = splitCommand(command.value);
  if (words.ok) return [];
  const message = `command cannot be split into words (${words.error}); every start will fail`;
  const suggestion = "close the quotation, or escape it with a backslash";
  return [warnAt(section, command, { rule: "command-quotes", message, suggestion })];
};

const PROGRAM_LINTS: readonly Lint[] = [lintShell, lintStopSignal, lintKillAsGroup, lintCommand];
const PROGRAM_KINDS: ReadonlySet<SectionKind> = new Set([
  "program",
  "fcgi-program",
  "eventlistener",
]);

/** Remarks on the values of one section. */
export function lintValues(section: RawSection, kind: SectionKind): readonly ConfigWarning[] {
  const lints = [lintNumbers, lintDevices, ...(PROGRAM_KINDS.has(kind) ? PROGRAM_LINTS : [])];
  return lints.flatMap((check) => check(section, kind));
}
