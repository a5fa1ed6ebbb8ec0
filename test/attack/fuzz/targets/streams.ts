// What programs write: output with captures and colours, lines for syslog, the protocol of event listeners. Whatever the
// bytes are, it must not matter where the pipe cuts them.

import assert from "node:assert/strict";
import { isPrintable } from "../../../../src/core/base/printable.ts";
import {
  FRESH_PHASE,
  type ListenerNews,
  type ListenerPhase,
  receive,
  SENT_PHASE,
} from "../../../../src/core/events/listener-protocol.ts";
import {
  type AnsiState,
  heldBack,
  stripAnsi,
  strippedCapacity,
} from "../../../../src/core/logs/ansi.ts";
import { type CapturePiece, CaptureScanner } from "../../../../src/core/logs/capture.ts";
import { LineFormatter } from "../../../../src/core/logs/line-format.ts";
import { LineLimit } from "../../../../src/core/logs/line-limit.ts";
import { LineMatch, MOST_MATCHED_LINE } from "../../../../src/core/logs/line-match.ts";
import {
  LinePieces,
  LONGEST_PIECE,
  unfinishedCharacter,
} from "../../../../src/core/logs/line-pieces.ts";
import type { LineFormat } from "../../../../src/core/logs/line-styles.ts";
import { echoText, LastLine } from "../../../../src/core/logs/log-text.ts";
import { parseNotice } from "../../../../src/core/notify/sd-notify.ts";
import { LONGEST_SYSLOG_LINE } from "../../../../src/services/logs/output/log-daemons.ts";
import { cut } from "../mutate.ts";
import { type Target, texts } from "../target.ts";

type Chunks = readonly Uint8Array[];

const ANSI_WORDS = ["\x1b", "\x1b[", "\x1b]", "\x07", "\x1b\\", "m", "0;31m", "\n", "\x18", "\x9b"];

function stripped(chunks: Chunks): Buffer {
  const parts: Uint8Array[] = [];
  let state: AnsiState = "ground";
  for (const chunk of chunks) {
    const output = new Uint8Array(strippedCapacity(chunk.length));
    const step = stripAnsi(state, chunk, output);
    parts.push(output.slice(0, step.written));
    state = step.state;
  }
  return Buffer.concat([...parts, heldBack(state)]);
}

const ansi: Target = {
  name: "ANSI sequences",
  seeds: texts("plain", "\x1b[1;31mred\x1b[0m text\n", "\x1b]0;title\x07x", "\x1b]0;t\x1b\\x"),
  words: ANSI_WORDS,
  read(input, rng) {
    const whole = stripped([input]);
    assert.ok(whole.length <= input.length);
    assert.ok(whole.equals(stripped(cut(input, rng))), "it matters where the stream was cut");
  },
};

const CAPTURE_LIMIT = 100;
const TOKENS = ["<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->"] as const;

function scanned(chunks: Chunks): Readonly<Record<CapturePiece["kind"], string>> {
  const scanner = new CaptureScanner(CAPTURE_LIMIT);
  const found = { log: "", inside: "", captured: "" };
  const take = ({ kind, bytes }: CapturePiece): void => {
    found[kind] += `${Buffer.from(bytes).toString("latin1")}${kind === "captured" ? "|" : ""}`;
    if (kind === "captured") assert.ok(bytes.length <= CAPTURE_LIMIT, "too much is kept");
  };
  for (const chunk of chunks) scanner.push(chunk, take);
  scanner.end(take);
  return found;
}

const capture: Target = {
  name: "captures",
  seeds: texts(`a${TOKENS[0]}inside${TOKENS[1]}b`, `${TOKENS[0]}open`, `<!--${TOKENS[1]}`),
  words: [...TOKENS, "<", "<!--", "-->", "<!--XSUPERVISOR:", "x".repeat(60)],
  read(input, rng) {
    assert.deepEqual(scanned(cut(input, rng)), scanned([input]));
  },
};

function collected(chunks: Chunks): readonly string[] {
  const lines: string[] = [];
  const take = (bytes: Uint8Array, from: number, to: number): void => {
    assert.ok(to - from <= LONGEST_SYSLOG_LINE, "a line is too long");
    lines.push(Buffer.from(bytes.subarray(from, to)).toString("latin1"));
  };
  const pieces = new LinePieces({ take }, null, LONGEST_SYSLOG_LINE);
  for (const chunk of chunks) pieces.push(chunk);
  pieces.end();
  return lines;
}

const lines: Target = {
  name: "lines for syslog",
  seeds: texts("one\ntwo\n", "x".repeat(LONGEST_SYSLOG_LINE), `${"y".repeat(9000)}\nz`, "\n\n\n"),
  words: ["\n", "\r\n", "\0", "x".repeat(4096), "\u{1f600}"],
  read(input, rng) {
    assert.deepEqual(collected(cut(input, rng)), collected([input]));
    assert.ok(unfinishedCharacter(input) <= 3);
    assert.equal(typeof echoText(input), "string");
  },
};

const MOMENT = Date.UTC(2026, 2, 1);

function formatted(format: LineFormat, chunks: Chunks): Buffer {
  const parts: Buffer[] = [];
  const style = { format, time: "utc", name: "web", channel: "stdout", colour: null } as const;
  const formatter = new LineFormatter(style, () => 0);
  const emit = (lines: Uint8Array): void => void parts.push(Buffer.from(lines));
  for (const chunk of chunks) formatter.push(chunk, MOMENT, emit);
  formatter.end(MOMENT, emit);
  return Buffer.concat(parts);
}

const formats: Target = {
  name: "lines of formatted logs",
  seeds: texts("one\r\ntwo\n", "x".repeat(LONGEST_PIECE), `${"\u00e9".repeat(20_000)}\nz`, '"\\\0'),
  words: ["\n", "\r\n", "\0", "\x7f", "\u{1f600}", "\xc2\x85", "\x1b[31m", "x".repeat(4096)],
  read(input, rng) {
    const chunks = cut(input, rng);
    for (const format of ["plain", "prefix", "json", "logfmt"] as const) {
      assert.ok(formatted(format, chunks).equals(formatted(format, [input])));
    }
    const records = formatted("json", [input]).toString().split("\n").slice(0, -1);
    for (const record of records) assert.equal(JSON.parse(record).program, "web");
  },
};

/** What passed a limit of two lines, and how many lines were dropped. */
function limited(chunks: Chunks): readonly unknown[] {
  const passed: Buffer[] = [];
  let dropped = 0;
  let lost = 0;
  const limit = new LineLimit({ count: 2, seconds: 1 });
  const sink = {
    pass: (bytes: Uint8Array) => void passed.push(Buffer.from(bytes)),
    lost: (bytes: number) => {
      lost += bytes;
    },
    began: () => {},
    dropped(lines: number) {
      dropped += lines;
    },
  };
  for (const chunk of chunks) limit.push(chunk, 0, sink);
  limit.end(0, sink);
  return [Buffer.concat(passed).toString("latin1"), dropped, lost];
}

const limits: Target = {
  name: "lines beyond a limit",
  seeds: texts("one\ntwo\nthree\n", "\n\n\n\n", `${"x".repeat(2 * LONGEST_PIECE)}\ny\nz\n`),
  words: ["\n", "x".repeat(LONGEST_PIECE)],
  read(input, rng) {
    assert.deepEqual(limited(cut(input, rng)), limited([input]));
  },
};

function listened(first: ListenerPhase, chunks: Chunks): readonly unknown[] {
  const news: ListenerNews[] = [];
  let phase = first;
  for (const chunk of chunks) {
    const step = receive(phase, chunk, 64);
    phase = step.phase;
    news.push(...step.news);
    assert.ok(JSON.stringify(phase).length < 10_000, "the state grows without a bound");
  }
  return [news, phase];
}

const listener: Target = {
  name: "listener protocol",
  seeds: texts("READY\n", "READY\nRESULT 2\nOKREADY\n", "RESULT 2\nOK", "RESULT 4\nFAILREADY\n"),
  words: ["READY\n", "READY", "RESULT ", "RESULT 2\nOK", "\n", "OK", "FAIL", "RESULT -1\n", " "],
  read(input, rng) {
    for (const phase of [FRESH_PHASE, SENT_PHASE]) {
      const whole = listened(phase, [input]);
      assert.deepEqual(listened(phase, cut(input, rng)), whole);
    }
  },
};

const PATTERN = "listening on *:80";

const readyLine: Target = {
  name: "lines of ready_check",
  seeds: texts(
    "now listening on 0.0.0.0:80\n",
    "\x1b[1mlistening\x1b[0m on :80\r\n",
    "x".repeat(9000),
  ),
  words: ["listening on ", ":80", "\n", "\r\n", "\x1b[0m", "x".repeat(MOST_MATCHED_LINE)],
  read(input, rng) {
    const whole = new LineMatch(PATTERN);
    whole.push(input);
    let pieces = new LineMatch(PATTERN);
    for (const chunk of cut(input, rng)) {
      pieces.push(chunk);
      pieces = new LineMatch(PATTERN, pieces.state);
      assert.ok(pieces.state.line.length <= MOST_MATCHED_LINE, "too much is kept");
    }
    assert.equal(pieces.isFound, whole.isFound, "it matters where the stream was cut");
  },
};

function lastLine(chunks: Chunks): string {
  const last = new LastLine();
  for (const chunk of chunks) last.push(chunk);
  return last.text();
}

const lastLines: Target = {
  name: "last line of a check command",
  seeds: texts("one\ntwo\n", "no response\n\n", "\x1b[31mred\x1b[0m\r\n", "y".repeat(9000)),
  words: ["\n", " ", "\r\n", "\x1b[", "z".repeat(4096)],
  read(input, rng) {
    const whole = lastLine([input]);
    assert.ok(isPrintable(whole));
    assert.equal(lastLine(cut(input, rng)), whole);
  },
};

const notices: Target = {
  name: "notify messages",
  seeds: texts("READY=1\nSTATUS=up", "EXTEND_TIMEOUT_USEC=5000000", "WATCHDOG=1\nSTOPPING=1"),
  words: ["READY=1", "STATUS=", "EXTEND_TIMEOUT_USEC=", "\n", "=", "99999999999999999999"],
  read(input) {
    const { status, extendMs } = parseNotice(input);
    assert.ok(status === null || (isPrintable(status) && Array.from(status).length <= 200));
    assert.ok(extendMs === null || (Number.isSafeInteger(extendMs) && extendMs >= 0));
  },
};

export const STREAM_TARGETS: readonly Target[] = [
  ...[ansi, capture, lines, formats, limits, listener],
  ...[readyLine, lastLines, notices],
];
