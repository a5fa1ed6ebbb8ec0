// What an event listener says on its stdout, read at any chunk border and in bounded memory (Supervisor, section 8.3).
//
//                 READY\n            event sent             RESULT n\n            n bytes
//   ACKNOWLEDGED ---------> READY ------------------> BUSY ----------> (result) ---------> ACKNOWLEDGED
//        |                    |                         |
//        | anything else      | any byte                | no number
//        +--------------------+-------------------------+-----------> UNKNOWN, until it is started again

import { latin1 } from "../base/latin1.ts";
import { parseInteger } from "../config/quantities.ts";
import { echoText } from "../logs/log-text.ts";
import { DEFAULT_HANDLER, STDOUT_HANDLER } from "../plugins/known.ts";

const READY = "READY\n";
/** `RESULT `: these characters are skipped unread, as Supervisor does. */
const RESULT_PREFIX = 7;
const LINE_FEED = 0x0a;
/** Longest line that may announce a result. Twenty bytes are enough. */
const MAX_LINE = 1024;

/** Bytes held across chunks are strings of one character a byte, so that the state is plain data. */
export type ListenerPhase =
  | { readonly kind: "ACKNOWLEDGED"; readonly held: string }
  | { readonly kind: "READY" }
  /** Reads the line that announces the result. */
  | { readonly kind: "BUSY"; readonly line: string }
  /** Reads the result. Still BUSY to the outside. */
  | {
      readonly kind: "RESULT";
      readonly length: number;
      readonly seen: number;
      readonly kept: string;
    }
  | { readonly kind: "UNKNOWN" };

/** What a chunk meant, in order. */
export type ListenerNews =
  | { readonly kind: "ready" }
  /** `text`: what is kept of it, one character a byte. */
  | { readonly kind: "result"; readonly text: string }
  | { readonly kind: "bad-line"; readonly text: string }
  /** It spoke out of turn. */
  | { readonly kind: "violation"; readonly from: "ACKNOWLEDGED" | "READY" };

export const FRESH_PHASE: ListenerPhase = { kind: "ACKNOWLEDGED", held: "" };
export const SENT_PHASE: ListenerPhase = { kind: "BUSY", line: "" };
export const UNKNOWN_PHASE: ListenerPhase = { kind: "UNKNOWN" };

/** The name of a phase in log lines. */
export function phaseName(phase: ListenerPhase): "ACKNOWLEDGED" | "READY" | "BUSY" | "UNKNOWN" {
  return phase.kind === "RESULT" ? "BUSY" : phase.kind;
}

interface Progress {
  readonly phase: ListenerPhase;
  readonly news: ListenerNews | null;
  /** Where to continue in the chunk. */
  readonly next: number;
}

/** Takes a chunk in. What follows a violation is ignored. @param most bytes of a result that are kept */
export function receive(
  phase: ListenerPhase,
  chunk: Uint8Array,
  most: number,
): { readonly phase: ListenerPhase; readonly news: readonly ListenerNews[] } {
  const news: ListenerNews[] = [];
  let now = phase;
  let at = 0;
  while (at < chunk.length && now.kind !== "UNKNOWN") {
    const progress = advance(now, chunk, at, most);
    now = progress.phase;
    at = progress.next;
    if (progress.news !== null) news.push(progress.news);
  }
  return { phase: now, news };
}

function advance(
  phase: Exclude<ListenerPhase, { kind: "UNKNOWN" }>,
  chunk: Uint8Array,
  from: number,
  most: number,
): Progress {
  switch (phase.kind) {
    case "ACKNOWLEDGED":
      return expectReady(phase.held, chunk, from);
    case "READY":
      return {
        phase: UNKNOWN_PHASE,
        news: { kind: "violation", from: phase.kind },
        next: chunk.length,
      };
    case "BUSY":
      return readLine(phase.line, chunk, from);
    case "RESULT":
      return readResult(phase, chunk, from, most);
  }
}

/** Nothing is judged before as many bytes have come as READY has. */
function expectReady(before: string, chunk: Uint8Array, from: number): Progress {
  const next = Math.min(chunk.length, from + READY.length - before.length);
  const held = before + latin1(chunk.subarray(from, next));
  if (held.length < READY.length) {
    return { phase: { kind: "ACKNOWLEDGED", held }, news: null, next };
  }
  if (held === READY) return { phase: { kind: "READY" }, news: { kind: "ready" }, next };
  return { phase: UNKNOWN_PHASE, news: { kind: "violation", from: "ACKNOWLEDGED" }, next };
}

function readLine(before: string, chunk: Uint8Array, from: number): Progress {
  const limit = Math.min(chunk.length, from + MAX_LINE - before.length);
  const end = chunk.subarray(from, limit).indexOf(LINE_FEED);
  if (end >= 0) {
    const line = before + latin1(chunk.subarray(from, from + end));
    return announce(line, from + end + 1);
  }
  const line = before + latin1(chunk.subarray(from, limit));
  if (line.length >= MAX_LINE) return badLine(line, limit);
  return { phase: { kind: "BUSY", line }, news: null, next: limit };
}

function announce(line: string, next: number): Progress {
  const number = line.slice(RESULT_PREFIX);
  const length = parseInteger(number);
  // A result of fewer than no bytes, or of more than can be counted, will never be complete.
  if (!length.ok || length.value < 0 || length.value >= Number.MAX_SAFE_INTEGER) {
    return badLine(line, next);
  }
  // Nothing more will come of an empty result, so it is complete now.
  if (length.value === 0) return finish("", next);
  return { phase: { kind: "RESULT", length: length.value, seen: 0, kept: "" }, news: null, next };
}

function badLine(line: string, next: number): Progress {
  const text = echoText(Uint8Array.from(line, (character) => character.charCodeAt(0)));
  return { phase: UNKNOWN_PHASE, news: { kind: "bad-line", text }, next };
}

function readResult(
  phase: Extract<ListenerPhase, { kind: "RESULT" }>,
  chunk: Uint8Array,
  from: number,
  most: number,
): Progress {
  const next = Math.min(chunk.length, from + phase.length - phase.seen);
  const seen = phase.seen + next - from;
  const room = Math.max(0, most - phase.kept.length);
  const kept = phase.kept + latin1(chunk.subarray(from, Math.min(next, from + room)));
  if (seen === phase.length) return finish(kept, next);
  return { phase: { kind: "RESULT", length: phase.length, seen, kept }, news: null, next };
}

function finish(kept: string, next: number): Progress {
  return { phase: FRESH_PHASE, news: { kind: "result", text: kept }, next };
}

// Handlers of a listener's result: Supervisor's own, and that of the Python package supervisor-stdout, which many configurations
// for containers name. Results have one character a byte.

/** What a handler makes of a result. After "failed" the listener's state is UNKNOWN (Supervisor, section 8.3). */
export type Verdict =
  | { readonly kind: "processed"; readonly print?: string }
  | { readonly kind: "rejected" }
  | { readonly kind: "failed" };

export interface ResultHandler {
  /** Bytes of a result that it needs; what is beyond is skipped. */
  readonly mostBytes: number;
  judge(result: string): Verdict;
}

/** By their names in the configuration. */
export const RESULT_HANDLERS = {
  [DEFAULT_HANDLER]: {
    // Enough to tell OK from anything else.
    mostBytes: 64,
    judge: (result) => ({ kind: result === "OK" ? "processed" : "rejected" }),
  },
  // Its listener answers each event of type PROCESS_LOG with the event itself: at most some 130 kB.
  [STDOUT_HANDLER]: {
    mostBytes: 256 * 1024,
    judge(result) {
      const print = prefixedLines(result);
      return print === null ? { kind: "failed" } : { kind: "processed", print };
    },
  },
} as const satisfies Readonly<Record<string, ResultHandler>>;

export type HandlerName = keyof typeof RESULT_HANDLERS;

/** The names, in the order of the table. */
export const HANDLER_NAMES = Object.keys(RESULT_HANDLERS) as HandlerName[];

/** The name of a handler in a configuration; Supervisor's own for one that is not built in, which no pool has. */
export function handlerOf(name: string): HandlerName {
  return HANDLER_NAMES.find((each) => each === name) ?? DEFAULT_HANDLER;
}

/** The lines of an event of output, with process and channel in front; null for a result that is none. */
function prefixedLines(result: string): string | null {
  const end = result.indexOf("\n");
  if (end < 0) return null;
  const headers = new Map(
    result
      .slice(0, end)
      .split(/\s+/)
      .map((word): [string, string] => {
        const colon = word.indexOf(":");
        return [word.slice(0, colon), word.slice(colon + 1)];
      }),
  );
  const [name, channel] = [headers.get("processname"), headers.get("channel")];
  if (name === undefined || channel === undefined) return null;
  const lines = result.slice(end + 1).split("\n");
  return lines.map((line) => `${name} ${channel} | ${line}\n`).join("");
}
