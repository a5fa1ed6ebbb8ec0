// How lines of logs look for people, in a pipe and for programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineFormatter } from "../../../../src/core/logs/line-format.ts";
import { coloursOf, namesWidth } from "../../../../src/core/logs/line-styles.ts";
import { stylesOf } from "../../../../src/core/run/terminal.ts";
import {
  createLineOutput,
  LinePrefix,
  type OutputStyle,
} from "../../../../src/ctl/logs/line-output.ts";
import { LineCutter, LineTimes } from "../../../../src/ctl/logs/lines.ts";
import { NO_FILES, type ProgramLog } from "../../../../src/ctl/logs/log-reader.ts";
import { createFakeTerminal } from "../../../fakes/ctl-client.ts";
import { NOON } from "./fake-log.ts";

const LOG: ProgramLog = {
  ...{ name: "web", group: "web", program: "web" },
  channel: "stdout",
  path: "",
  isNamed: false,
  isRequired: false,
  isKnown: true,
};

/** A log as it is shown. */
function shown(text: string, style: Partial<OutputStyle>): string {
  const terminal = createFakeTerminal();
  const names = ["web"];
  const preset = { prefix: false, json: false, raw: false, offset: () => 0, names };
  const output = createLineOutput(terminal, [LOG], { ...preset, ...style });
  const times = new LineTimes("web", NO_FILES, { offset: () => 0, now: () => 0 });
  const lines = new LineCutter().push({ file: 0, offset: 0, bytes: Buffer.from(text) });
  output.lines(
    0,
    lines.map((line) => times.timed(line)),
  );
  return terminal.written();
}

test("pieces of very long lines are marked", () => {
  const text = `${"x".repeat(600_000)}\ny\n`;
  const pieces = shown(text, { json: true }).trim().split("\n");
  const seen = pieces.map((piece) => JSON.parse(piece));
  assert.deepEqual(
    seen.map(({ partial }) => partial),
    [true, true, undefined, undefined],
  );
  assert.equal(seen.map(({ line }) => line).join(""), text.replaceAll("\n", ""));
  const marks = [...shown(text, { prefix: true }).matchAll(/web (.) /g)].map(([, mark]) => mark);
  assert.deepEqual(marks, ["|", "+", "+", "|"]);
});

const NAMES = ["web", "many:job_1", "網路", "a-name-of-more-than-twenty-four-columns"];

function shownByRun(name: string, channel: "stdout" | "stderr", hasColours: boolean): string {
  const look = {
    format: "prefix",
    hasTime: true,
    hasColours,
    isFiltered: false,
    names: NAMES,
  } as const;
  const formatter = new LineFormatter(stylesOf(look)(name, channel), () => 0);
  let shown = "";
  // The second piece continues the first one.
  const emit = (lines: Uint8Array): void => {
    shown += Buffer.from(lines).toString();
  };
  formatter.push(Buffer.from(`${"x".repeat(40_000)}\n`), NOON, emit);
  return shown.replaceAll(/x+/g, "x");
}

function shownByLogs(name: string, channel: "stdout" | "stderr", hasColours: boolean): string {
  const log = { ...LOG, name, channel };
  const colour = hasColours ? (coloursOf(NAMES).get(name) ?? null) : null;
  const prefix = new LinePrefix(log, colour, namesWidth(NAMES), () => 0);
  const line = (isContinued: boolean): string =>
    `${Buffer.from(prefix.of({ time: NOON, isTimeKnown: true, earliest: NOON, isContinued })).toString()}x\n`;
  return line(false) + line(true);
}

test("lines of `tsv logs` and `tsv run` look alike, in colours and without", () => {
  for (const hasColours of [false, true]) {
    for (const channel of ["stdout", "stderr"] as const) {
      for (const name of NAMES) {
        const expected = shownByRun(name, channel, hasColours);
        assert.equal(shownByLogs(name, channel, hasColours), expected, `${name} ${channel}`);
      }
    }
  }
  assert.match(shownByRun("web", "stderr", false), /^12:00:00 web {8}! x\n12:00:00 web {8}\+ x\n$/);
});
