// Reads back what `line-format` writes: the text of the program in a line with a prefix, of JSON or of logfmt. A line is
// recognised by the name in it; any other line is the program's own.

import { COLOURS } from "./line-moment.ts";

/** The text of the program in a formatted line. */
export interface OwnLine {
  readonly text: string;
  /** The time in front of a prefix, such as `12:04:07`, which has no date; null for what `lineMoment` finds. */
  readonly clock: string | null;
  /** The line continues the one before. */
  readonly isContinued: boolean;
}

const JSON_HEAD =
  /^\{(?:"time":(?:"[^"]*"|[\d.]+),)?"program":"((?:[^"\\]|\\.)*)","channel":"std(?:out|err)","message":"/;
const JSON_TAIL = /"(?:,"partial":true)?\}$/;
const LOGFMT_HEAD =
  /^(?:time=\S+ )?program=(?:"((?:[^"\\]|\\.)*)"|(\S+)) channel=std(?:out|err) message="/;
const LOGFMT_TAIL = /"(?: partial=true)?$/;
const PREFIX = /^(?:(\S+) )?(\S+) +([|+]) /;
const CLOCK = /^\d\d:\d\d:\d\d$/;

/** @param name as `shownName` has it @returns null for a line that tsv did not format for this program */
export function readOwnLine(line: string, name: string): OwnLine | null {
  if (line.startsWith("{")) return quoted(line, name, JSON_HEAD, JSON_TAIL);
  if (line.startsWith("time=") || line.startsWith("program=")) {
    return quoted(line, name, LOGFMT_HEAD, LOGFMT_TAIL);
  }
  const plain = line.charCodeAt(0) === 0x1b ? line.replace(COLOURS, "") : line;
  const match = PREFIX.exec(plain);
  if (match === null || match[2] !== name) return null;
  const [head, time = null, , mark] = match;
  const isClock = time !== null && CLOCK.test(time);
  // Behind the mark colours end.
  return {
    text: plain.slice(head.length),
    clock: isClock ? time : null,
    isContinued: mark === "+",
  };
}

function quoted(line: string, name: string, head: RegExp, tail: RegExp): OwnLine | null {
  const match = head.exec(line);
  if (match === null || unescaped(match[1] ?? match[2] ?? "") !== name) return null;
  const text = unescaped(line.slice(match[0].length).replace(tail, ""));
  return text === null ? null : { text, clock: null, isContinued: false };
}

function unescaped(text: string): string | null {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return null;
  }
}
