// `tsv logs` puts the same in front of a line as `tsv run`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineFormatter } from "../../../../src/core/logs/line-format.ts";
import { coloursOf, namesWidth } from "../../../../src/core/logs/line-styles.ts";
import { stylesOf } from "../../../../src/core/run/styles.ts";
import { LinePrefix } from "../../../../src/ctl/logs/line-output.ts";
import { NOON } from "./fake-log.ts";

const NAMES = ["web", "many:job_1", "網路", "a-name-of-more-than-twenty-four-columns"];

function shownByRun(name: string, channel: "stdout" | "stderr", hasColours: boolean): string {
  const look = { format: "prefix", hasTime: true, hasColours, names: NAMES } as const;
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
  const log = { name, group: name, program: name, channel, isRequired: false, isKnown: true };
  const colour = hasColours ? (coloursOf(NAMES).get(name) ?? null) : null;
  const prefix = new LinePrefix(log, { colour, width: namesWidth(NAMES), offset: () => 0 });
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
