// How lines of logs look for people, in a pipe and for programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLineOutput, type OutputStyle } from "../../../../src/ctl/logs/line-output.ts";
import { LineCutter, LineTimes } from "../../../../src/ctl/logs/lines.ts";
import { NO_FILES, type ProgramLog } from "../../../../src/ctl/logs/log-reader.ts";
import { createFakeTerminal } from "../../../fakes/ctl-client.ts";

const LOG: ProgramLog = {
  ...{ name: "web", group: "web", program: "web" },
  channel: "stdout",
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
