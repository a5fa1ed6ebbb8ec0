// Procfiles as foreman, honcho and overmind have them, their formations and ports.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseFormation, parseProcfile, processesOf } from "../../../../src/core/run/procfile.ts";
import { fc } from "../../../property.ts";

function entries(text: string) {
  const parsed = parseProcfile(text);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.text);
  return parsed.value;
}

function problem(text: string): string {
  const parsed = parseProcfile(text);
  assert.ok(!parsed.ok);
  return `${parsed.error.line}: ${parsed.error.text}`;
}

describe("a Procfile", () => {
  test("has a command for each name; comments, blank lines and Windows' line ends are nothing", () => {
    const text =
      "\u{feff}# all\r\nweb: bundle exec puma -p $PORT\r\n\r\n  # more\nclock-1:   ./clock # 1 \n";
    assert.deepEqual(entries(text), [
      { name: "web", command: "bundle exec puma -p $PORT", line: 2 },
      { name: "clock-1", command: "./clock # 1", line: 5 },
    ]);
  });

  test("says which line is wrong", () => {
    assert.equal(
      problem("web: a\nno colon\n"),
      "2: expected NAME: COMMAND, or # in front of a comment",
    );
    assert.equal(problem("web:\n"), "1: web has no command");
    for (const name of ["we b", "a.b", " web", "web ", "wéb"]) {
      const text = `1: '${name}' is not a valid name: use letters, digits, '_' and '-'`;
      assert.equal(problem(`${name}: x\n`), text);
    }
    for (const line of [": x", "w\u{1b}eb: x", `${"w".repeat(100)}.b: x`]) {
      assert.equal(problem(`${line}\n`), "1: expected NAME: COMMAND, or # in front of a comment");
    }
    assert.equal(problem("web: a\nweb: b\n"), "2: web is also in line 1");
    assert.equal(problem("# nothing\n"), "null: it contains no line NAME: COMMAND");
  });

  test("any command is kept as it is, whatever stands in it", () => {
    const command = fc
      .string({ unit: "grapheme", minLength: 1 })
      .map((text) => text.replace(/[\r\n\u{2028}\u{2029}]/gu, " ").trim())
      .filter((text) => text !== "");
    const name = fc.stringMatching(/^[A-Za-z0-9_-]+$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, command), { minLength: 1, selector: ([each]) => each }),
        (lines) => {
          const text = lines.map(([each, run]) => `${each}: ${run}\n`).join("");
          assert.deepEqual(
            entries(text).map((entry) => [entry.name, entry.command.trim()]),
            lines,
          );
        },
      ),
    );
  });

  test("no text makes the parser throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseProcfile(text);
      }),
    );
  });
});

describe("a formation", () => {
  test("has numbers by name", () => {
    assert.deepEqual(parseFormation("web=2, worker=0,all=1"), {
      ok: true,
      value: new Map([
        ["web", 2],
        ["worker", 0],
        ["all", 1],
      ]),
    });
    for (const wrong of ["", "web", "web=", "web=x", "web=-1", "web=1,web=2", "web=1001"]) {
      assert.equal(parseFormation(wrong).ok, false, wrong);
    }
  });
});

describe("the processes", () => {
  const two = entries("web: w\nworker: k\n");
  const named = (formation: string | null, port = 5000): string => {
    const parsed = formation === null ? new Map() : parseFormation(formation);
    const numbers = parsed instanceof Map ? parsed : parsed.ok ? parsed.value : new Map();
    const all = processesOf(two, numbers, port);
    return all.ok ? all.value.map((one) => `${one.processName} ${one.port}`).join(", ") : all.error;
  };

  test("are one of each, with ports a hundred apart as foreman gives them", () => {
    assert.equal(named(null), "web.1 5000, worker.1 5100");
    assert.equal(
      named("web=2,worker=3", 3000),
      "web.1 3000, web.2 3001, worker.1 3100, worker.2 3101, worker.3 3102",
    );
  });

  test("all is the number of those that are not named", () => {
    assert.equal(named("all=0,worker=1"), "worker.1 5100");
  });

  test("a name that is not there, nothing at all, and ports beyond the last are refused", () => {
    assert.equal(named("db=1"), "it has no db, only web, worker");
    assert.equal(named("all=0"), "nothing is left to run with these numbers");
    assert.equal(named(null, 65_500), "worker.1 would have port 65600; use a smaller PORT, or -p");
  });
});
