// The screen of top.

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import { fitted } from "../../../../src/ctl/live/lines.ts";
import type { TopState } from "../../../../src/ctl/top/model.ts";
import { press } from "../../../../src/ctl/top/press.ts";
import { screenLines } from "../../../../src/ctl/top/screen.ts";
import { fc } from "../../../property.ts";
import { program, stateWith } from "./programs.ts";

/** What a terminal shows, without blanks at the ends. */
function shown(state: TopState): readonly string[] {
  return screenLines(state).map((line) =>
    line
      .map(([text]) => text)
      .join("")
      .trimEnd(),
  );
}

const WEB = program("web", { chart: [0, 1, 2, null, 4, 5, 6, 7], health: "healthy", restarts: 3 });
const BAD = program("bad", {
  ...{ state: "FATAL", tone: "bad", description: "can't find command '/no/such'" },
  ...{ cpu: null, memory: null, up: null, restarts: 0 },
});

test("at 80 columns the table has everything but descriptions, and says keys", () => {
  const lines = shown(stateWith([WEB, BAD]));
  assert.equal(lines.length, 24);
  assert.equal(lines[0], "2 programs: 1 RUNNING, 1 FATAL, CPU 1.3 %, memory 12 MB");
  assert.match(lines[1] ?? "", /^ {2}NAME\* +STATE +CPU +MEM +UP +RESTARTS +HEALTH +10 MIN$/);
  assert.match(lines[2] ?? "", /^> bad +FATAL +- +- +- +0$/);
  assert.match(lines[3] ?? "", /^ {2}web +RUNNING +1\.3 % +12 MB +1h +3 +healthy +_\.- =\+\*#/);
  assert.equal(lines[22], "bad: FATAL, can't find command '/no/such'");
  assert.match(lines[23] ?? "", /^\? help {2}q quit .* < > sort$/);
});

test("at 160 columns a program that is down has its description", () => {
  const lines = shown(stateWith([WEB, BAD], { size: { columns: 160, rows: 24 } }));
  assert.match(lines[2] ?? "", /^> bad .*can't find command '\/no\/such'$/);
});

test("a program that does nothing has a flat chart, whatever its largest value", () => {
  const lines = shown(stateWith([program("idle", { chart: [0, 0.1, 0, 0.3, 5] }), WEB]));
  assert.match(lines[2] ?? "", / ____#$/);
});

test("what has no value is last in both directions", () => {
  const rows = [program("a", { cpu: 1 }), program("b", { cpu: 2 }), BAD];
  for (const [isReversed, order] of [
    [false, "b a bad"],
    [true, "a b bad"],
  ] as const) {
    const lines = shown(stateWith(rows, { order: "cpu", isReversed })).slice(2, 5);
    assert.equal(lines.map((line) => /^..(\w+)/.exec(line)?.[1]).join(" "), order);
  }
});

test("where it is narrow, the columns that matter least are left out", () => {
  const [, heading] = shown(stateWith([WEB], { size: { columns: 32, rows: 10 } }));
  assert.equal(heading, "  NAME*        STATE       CPU");
});

test("the selected program is on the screen, however many there are", () => {
  const many = Array.from({ length: 100 }, (_, index) =>
    program(`p${String(index).padStart(2, "0")}`),
  );
  for (const index of [0, 1, 50, 98, 99]) {
    const { key = null, name } = many[index] ?? {};
    const lines = shown(stateWith(many, { selected: key }));
    assert.ok(
      lines.some((line) => line.startsWith(`> ${name} `)),
      name,
    );
  }
});

test("a daemon that does not answer is said, and what was known stays", () => {
  const lines = shown(stateWith([WEB], { problem: "the daemon refuses connections" }));
  assert.equal(lines[0], "tsv top: the daemon refuses connections; trying again");
  assert.match(lines[2] ?? "", /^> web /);
});

describe("a text", () => {
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const source = { kind: "log", name: "web", channel: "stdout" } as const;

  it("shows its end, or from a row on", () => {
    const end = shown(stateWith([WEB], { text: { source, lines, from: null, search: "" } }));
    assert.deepEqual(
      [end[0], end[1], end[22]],
      ["web: stdout, new output follows", "line 28", "line 49"],
    );
    const from = shown(stateWith([WEB], { text: { source, lines, from: 3, search: "" } }));
    assert.deepEqual([from[0], from[1]], ["web: stdout", "line 3"]);
  });

  it("reverses what was searched, whatever its case", () => {
    const text = { source, lines: ["an Error here"], from: null, search: "error" };
    const [, row] = screenLines(stateWith([WEB], { text }));
    assert.deepEqual(row, [
      ["an ", "plain"],
      ["Error", "reverse"],
      [" here", "plain"],
    ]);
  });
});

const KEYS = [
  ..."qsxrwl/<>Rtth?kjgGnNeyYb aé\u7f51",
  ...["up", "down", "page-up", "page-down", "home", "end", "enter", "escape", "backspace", "tab"],
  ...["left", "right", "ctrl-u", "ctrl-l", "ctrl-c", "ctrl-d"],
];

const anyText = fc.string({ unit: "binary", maxLength: 30 });
const anyProgram = fc
  .tuple(
    anyText,
    fc.constantFrom("RUNNING", "FATAL", "STOPPED", "x"),
    fc.array(fc.double()),
    anyText,
  )
  .map(([name, state, chart, description]) =>
    program(name, {
      ...{ state, chart, description, health: chart.length > 2 ? "unhealthy" : "" },
      ...{ cpu: chart[0] ?? null, memory: chart[1] ?? null, up: chart.length > 1 ? 5 : null },
    }),
  );

test("any keys in any order on any screen: no error, no line that is too wide, none too many", () => {
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  const programs = fc.array(anyProgram, { maxLength: 8 });
  const log = fc.array(anyText, { maxLength: 40 });
  fc.assert(
    fc.property(
      size,
      programs,
      log,
      fc.array(fc.constantFrom(...KEYS), { maxLength: 40 }),
      (screen, all, output, keys) => {
        let state = stateWith(all, { size: screen });
        for (const key of keys) {
          state = press(state, key).state;
          // What a log has arrives later.
          if (state.text?.lines.length === 0)
            state = { ...state, text: { ...state.text, lines: output } };
          const lines = screenLines(state);
          assert.ok(lines.length <= screen.rows);
          for (const line of lines) {
            const text = fitted(line, screen.columns)
              .map(([each]) => each)
              .join("");
            assert.ok(displayWidth(text) <= screen.columns, text);
            assert.doesNotMatch(text, /\p{Cc}/u);
          }
        }
      },
    ),
  );
});
