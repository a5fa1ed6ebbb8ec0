// Where commands put what they have to say: each item is a line for people and scripts, and the same as data.
// Which of the two is printed, and whether in colour, is decided here, and what a terminal may see of what others wrote: a
// server, a program and the user who named it choose the characters. A pipe gets all bytes as they are.

import { type Complaint, complaintLines, stepLines } from "../core/base/complaint.ts";
import { envelopeText, type Json, jsonText } from "../core/base/envelope.ts";
import type { Step } from "../core/base/permission-words.ts";
import { printableLines, textColumns, wrapWords } from "../core/base/printable.ts";
import { filterForTerminal, TerminalFilter } from "../core/logs/terminal-filter.ts";
import type { Terminal } from "../ports/terminal.ts";
import { ownWords } from "./own-words.ts";

/** How a part of a line is meant: green, yellow, red. */
export type Tone = "good" | "busy" | "bad";

/** One thing to say. */
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

/** The voice of a command. */
export interface Reporter {
  /** Programs read it: all that is known, and nothing for people. */
  readonly isData: boolean;
  /** Says several things in one write. */
  items(items: readonly Item[]): void;
  /** Says one thing now. */
  item(item: Item): void;
  /** Says what is wrong with the command as a whole, in Supervisor's words. */
  error(line: string): void;
  /** The same in tsv's words, with what to do about it. */
  complain(complaint: Complaint): void;
  /** Says more about results that were reported, and what to do about them. */
  hint(hint: Hint): void;
  /** Shows the usage after an error, on terminals only. */
  usage(lines: readonly string[]): void;
  /** Hands on what a log just brought. */
  chunk(source: LogSource, bytes: Uint8Array): void;
  /** Says something that is no part of the answer, such as how to leave. */
  notice(line: string): void;
  /** The command is over. */
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
  const filters = new Map<string, TerminalFilter>();
  const filterOf = ({ name, channel }: LogSource): TerminalFilter => {
    const key = `${name}/${channel}`;
    const filter = filters.get(key) ?? new TerminalFilter();
    filters.set(key, filter);
    return filter;
  };
  return {
    isData: false,
    items: lines,
    item: (item) => lines([item]),
    error: (line) => terminal.write(`${colours ? paint(shown(line), "bad") : shown(line)}\n`),
    // Supervisor's line says it; this is what it does not say.
    complain: ({ message, steps }) =>
      terminal.writeError(hintText({ text: message, steps }, terminal)),
    hint: (hint) => terminal.writeError(hintText(hint, terminal)),
    usage: (usage) => terminal.write(usage.map((line) => `${line}\n`).join("")),
    chunk: (source, bytes) => {
      const isFiltered = terminal.stdoutIsTty && source.raw !== true;
      terminal.write(isFiltered ? filterOf(source).push(bytes) : bytes);
    },
    notice: (line) => terminal.write(`${shown(line)}\n`),
    finish: () => undefined,
  };
}

/**
 * Answers of tsv under its own name: results as Supervisor prints them on standard output, what is wrong on standard
 * error and in tsv's words.
 */
export function createOwnReporter(terminal: Terminal, colours: boolean): Reporter {
  const lines = createLineReporter(terminal, colours);
  const complain: Reporter["complain"] = (complaint) => {
    const text = complaintLines(complaint, textColumns(terminal.size()?.columns ?? null));
    terminal.writeError(text.map((line) => `${line}\n`).join(""));
  };
  return {
    ...lines,
    error: (line) => complain({ ...ownWords(line), steps: [] }),
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
  const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
  const decode = ({ name, channel }: LogSource, bytes: Uint8Array): string => {
    const key = `${name}/${channel}`;
    const decoder = decoders.get(key) ?? new TextDecoder();
    decoders.set(key, decoder);
    return decoder.decode(bytes, { stream: true });
  };
  return {
    isData: true,
    items: (items) => void results.push(...items.map((item) => item.data)),
    item: (item) => void results.push(item.data),
    error: (line) => void errors.push({ ...ownWords(line), steps: [] }),
    complain: (complaint) => void errors.push(complaint),
    hint: (hint) => void hints.push(hint),
    usage: () => undefined,
    chunk: (source, bytes) =>
      terminal.write(`${jsonText({ ...source, text: decode(source, bytes) })}\n`),
    notice: () => undefined,
    finish: (verb, exitStatus) =>
      terminal.write(envelopeText({ verb, exitStatus, results, errors, hints })),
  };
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
