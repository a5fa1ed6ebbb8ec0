// Parses the lines that `line-format` writes: extracts the program's text from a line with a prefix, of JSON or of logfmt. Such
// a line is recognised by the program's name; any other line is the program's own.

/** The text of the program in a formatted line. */
export interface OwnLine {
  readonly text: string;
  /** The time of a prefix without a date, such as `12:04:07`; null for a time that `lineMoment` finds. */
  readonly clock: string | null;
  /** Whether the line continues the previous one. */
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

/** @param name as `shownName` returns it @returns null for a line that tsv did not format for this program */
export function readOwnLine(line: string, name: string): OwnLine | null {
  if (line.startsWith("{")) return quoted(line, name, JSON_HEAD, JSON_TAIL);
  if (line.startsWith("time=") || line.startsWith("program=")) {
    return quoted(line, name, LOGFMT_HEAD, LOGFMT_TAIL);
  }
  const match = PREFIX.exec(line);
  if (match === null || match[2] !== name) return null;
  const [head, time = null, , mark] = match;
  const isClock = time !== null && CLOCK.test(time);
  return {
    text: line.slice(head.length),
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
