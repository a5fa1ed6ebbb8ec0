// The output of actions: each item is a line for people and scripts, and the same as data. Reporters print one of the two, in
// colour or not. On a terminal they filter control characters: servers, programs and configurations choose the text. A pipe gets all
// bytes as they are.

import {
  type Complaint,
  complaintLines,
  type ErrorKind,
  stepLines,
} from "../core/base/complaint.ts";
import { envelopeText, type Json, jsonText } from "../core/base/envelope.ts";
import type { Step } from "../core/base/permission-words.ts";
import { printableLines, textColumns, wrapWords } from "../core/base/printable.ts";
import { remembered } from "../core/base/remembered.ts";
import { filterForTerminal, TerminalFilter } from "../core/logs/terminal-filter.ts";
import type { Terminal } from "../ports/terminal.ts";

/** The colour of a part of a line: green, yellow, red. */
export type Tone = "good" | "busy" | "bad";

/** One result. */
export interface Item {
  /** Supervisor's line, without its line end. */
  readonly line: string;
  /** The same for `--json`. */
  readonly data: { readonly [member: string]: Json };
  /** The line is output of programs: on a terminal its colours stay, or with "raw" all of it. */
  readonly output?: "filtered" | "raw";
  /** The part of the line that gets a colour on a terminal. */
  readonly mark?: { readonly from: number; readonly to: number; readonly tone: Tone };
}

/** Which log a piece of output is from. */
interface LogSource {
  /** As the user named it; null for the daemon's own log. */
  readonly name: string | null;
  readonly channel: string | null;
  /** A terminal gets all bytes. */
  readonly raw?: boolean;
}

/** A sentence, and commands. */
export interface Hint {
  readonly text: string;
  readonly steps: readonly Step[];
}

/** Receives the output of an action. */
export interface Reporter {
  /** The output is JSON: everything that is known, and nothing for people. */
  readonly isData: boolean;
  /** Reports several results in one write. */
  items(items: readonly Item[]): void;
  /** Reports a result now. */
  item(item: Item): void;
  /** Reports an error of the action as a whole, in Supervisor's words. */
  error(line: string): void;
  /** Reports it in tsv's words, with the commands that fix it. */
  complain(complaint: Complaint): void;
  /** Explains results that were reported. */
  hint(hint: Hint): void;
  /** Shows the usage after an error, on terminals only. */
  usage(lines: readonly string[]): void;
  /** Passes on new bytes of a log. */
  chunk(source: LogSource, bytes: Uint8Array): void;
  /** Prints a line that is no result, such as how to leave. */
  notice(line: string): void;
  /** Ends the output. */
  finish(verb: string, exitStatus: number): void;
}

/** Lines as Supervisor prints them; coloured when `colours`. */
export function createLineReporter(terminal: Terminal, colours: boolean): Reporter {
  const shown = terminal.stdoutIsTty ? printableLines : (text: string) => text;
  const shownOutput = terminal.stdoutIsTty ? filterForTerminal : (text: string) => text;
  const lineOf = (item: Item): string => {
    if (item.output === "raw") return item.line;
    if (item.output === "filtered") return shownOutput(item.line);
    return colours ? coloured(item, shown) : shown(item.line);
  };
  const lines = (items: readonly Item[]): void => {
    if (items.length === 0) return;
    terminal.write(items.map((item) => `${lineOf(item)}\n`).join(""));
  };
  const filterOf = remembered(() => new TerminalFilter());
  return {
    isData: false,
    items: lines,
    item: (item) => lines([item]),
    error: (line) => terminal.write(`${colours ? paint(shown(line), "bad") : shown(line)}\n`),
    // Supervisor's line is printed already.
    complain: ({ message, steps }) =>
      terminal.writeError(hintText({ text: message, steps }, terminal)),
    hint: (hint) => terminal.writeError(hintText(hint, terminal)),
    usage: (usage) => terminal.write(usage.map((line) => `${line}\n`).join("")),
    chunk: (source, bytes) => {
      const isFiltered = terminal.stdoutIsTty && source.raw !== true;
      terminal.write(isFiltered ? filterOf(keyOf(source)).push(bytes) : bytes);
    },
    notice: (line) => terminal.write(`${shown(line)}\n`),
    finish: () => undefined,
  };
}

/** Output of tsv under its own name: results as Supervisor prints them on standard output, errors in tsv's words on standard error. */
export function createOwnReporter(terminal: Terminal, colours: boolean): Reporter {
  const lines = createLineReporter(terminal, colours);
  const complain: Reporter["complain"] = (complaint) => {
    const text = complaintLines(complaint, textColumns(terminal.size()?.columns ?? null));
    terminal.writeError(text.map((line) => `${line}\n`).join(""));
  };
  return {
    ...lines,
    error: (line) => complain(ownError(line)),
    complain,
    usage: (usage) => terminal.writeError(usage.map((line) => `${line}\n`).join("")),
  };
}

function hintText({ text, steps }: Hint, terminal: Terminal): string {
  const columns = textColumns(terminal.size()?.columns ?? null);
  const lines = [...wrapWords(`Hint: ${text}`, columns, "  "), ...stepLines(steps, columns)];
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * One line of JSON at the end, see docs/json.md.
 * @remarks A log that is being followed comes before it, one line for each piece: `{"name", "channel", "text"}`.
 */
export function createJsonReporter(terminal: Terminal): Reporter {
  const results: Json[] = [];
  const errors: Complaint[] = [];
  const hints: Hint[] = [];
  // One decoder for each log, because a character may be cut between two pieces.
  const decoderOf = remembered(() => new TextDecoder());
  return {
    isData: true,
    items: (items) => void results.push(...items.map((item) => item.data)),
    item: (item) => void results.push(item.data),
    error: (line) => void errors.push(ownError(line)),
    complain: (complaint) => void errors.push(complaint),
    hint: (hint) => void hints.push(hint),
    usage: () => undefined,
    chunk(source, bytes) {
      const text = decoderOf(keyOf(source)).decode(bytes, { stream: true });
      terminal.write(`${jsonText({ ...source, text })}\n`);
    },
    notice: () => undefined,
    finish: (verb, exitStatus) =>
      terminal.write(envelopeText({ verb, exitStatus, results, errors, hints })),
  };
}

function keyOf({ name, channel }: LogSource): string {
  return `${name}/${channel}`;
}

const CODES: Readonly<Record<Tone, number>> = { good: 32, busy: 33, bad: 31 };

function paint(text: string, tone: Tone): string {
  return `\u001b[${CODES[tone]}m${text}\u001b[0m`;
}

function coloured({ line, mark }: Item, shown: (text: string) => string): string {
  if (mark === undefined) return shown(line);
  const { from, to, tone } = mark;
  return (
    shown(line.slice(0, from)) + paint(shown(line.slice(from, to)), tone) + shown(line.slice(to))
  );
}

/**
 * The lines of supervisorctl's actions in the words of tsv. Supervisor's lines are the contract with its clients; under its own name
 * tsv says the same without the names of Supervisor's programs.
 */
const OWN_WORDS: readonly (readonly [line: RegExp, kind: ErrorKind, message: string])[] = [
  [/^(?:supervisor |already )?shutting down$/, "shutting-down", "the daemon is shutting down"],
  [/^process group already active$/, "failed", "this group is already active"],
  [/^no such process\/group: (.*)$/s, "unknown-name", "there is no group $1"],
  [/^no such group: (.*)$/s, "unknown-name", "there is no group $1"],
  [/^No such process (.*)$/s, "unknown-name", "there is no program $1"],
  [
    /^process\/group still running: (.*)$/s,
    "failed",
    "$1 is still running; stop it first: tsv stop '$1:*'",
  ],
  [/^no process name supplied$/, "usage", "fg requires a program's name"],
  [/^too many process names supplied$/, "usage", "fg takes one program"],
  [/^bad process name supplied$/, "unknown-name", "there is no program of this name"],
  [/^process not running$/, "failed", "this program is not running"],
  [/^bad channel '(.*)'$/s, "usage", "'$1' is not a log: use stdout or stderr"],
  [/^bad argument (.*)$/s, "usage", "'$1' is not an option: use -f, or -NUMBER for bytes"],
  [/^tail requires process name$/, "usage", "tail requires a program's name"],
  [/^too few arguments$/, "usage", "tail requires a program's name"],
  [/^too many arguments$/, "usage", "$&"],
  [/^(.* requires a )process name$/, "usage", "$1program's name"],
  [/^(.*) requires a signal name and a process name$/, "usage", "$1 requires a signal and a name"],
  [/^(?:.* accepts no arguments|.* requires .*)$/, "usage", "$&"],
  [/^supervisord: ERROR \((.*)\)$/, "failed", "the log of the daemon: $1"],
  [/^(\S+): ERROR \(no such process name\)$/, "unknown-name", "there is no program $1"],
  [/^(\S+): ERROR \(no log file\)$/, "unknown-name", "$1 has no log file"],
  [/^(\S+): ERROR \((.*)\)$/, "failed", "$1: $2"],
  [/^CANT_REREAD: (.*)$/s, "configuration", "$1"],
];

/** The error of tsv for an error line of an action. */
export function ownError(line: string): Complaint {
  const text = line.replace(/^(?:ERROR|Error): /, "");
  for (const [pattern, kind, message] of OWN_WORDS) {
    if (pattern.test(text)) return { kind, message: text.replace(pattern, message), steps: [] };
  }
  return { kind: "failed", message: text, steps: [] };
}
