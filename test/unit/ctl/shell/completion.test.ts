// Completion: the words of each action, at each position of its line.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ACTION_NAMES } from "../../../../src/ctl/commands/table.ts";
import { completeLine, type Known } from "../../../../src/ctl/shell/completion.ts";
import { fc } from "../../../property.ts";

const KNOWN: Known = {
  actions: ["help", ...ACTION_NAMES, "mstart"],
  signals: ["HUP", "USR1", "USR2"],
  serverUrl: "unix:///run/s.sock",
  processes: async () => [
    { group: "api", name: "api" },
    { group: "web", name: "w1" },
    { group: "web", name: "w2" },
    { group: "bad name", name: "bad name" },
    { group: "\u001b[2J", name: "\u001b[2J" },
  ],
  newGroups: async () => ["fresh", "fresh"],
};

const NAMES = ["api", "web:w1", "web:*", "web:w2", "all"];

const ROWS: readonly (readonly [before: string, fragment: string, words: readonly string[]])[] = [
  ["sta", "sta", ["start", "status"]],
  ["  sta", "sta", ["start", "status"]],
  ["x", "x", []],
  ["help sta", "sta", ["start", "status"]],
  ["?sta", "sta", ["start", "status"]],
  ["? sta", "sta", ["start", "status"]],
  ["help start s", "s", []],
  ["start ", "", NAMES],
  ["stop ", "", NAMES],
  ["restart ", "", NAMES],
  ["status ", "", NAMES],
  ["clear ", "", NAMES],
  ["mstart ", "", NAMES],
  ["unknown ", "", []],
  ["start api w", "w", ["web:w1", "web:*", "web:w2"]],
  ["start api:", "api:", ["api:api", "api:*"]],
  ["start web:w", "web:w", ["web:w1", "web:w2"]],
  ["start al", "al", ["all"]],
  ["fg ", "", ["api", "web:w1", "web:w2"]],
  ["fg api ", "", []],
  ["pid ", "", ["api", "web:w1", "web:w2", "all"]],
  ["signal ", "", ["HUP", "USR1", "USR2"]],
  ["signal US", "US", ["USR1", "USR2"]],
  ["signal SIGU", "SIGU", ["SIGUSR1", "SIGUSR2"]],
  ["signal HUP ", "", NAMES],
  ["signal HUP api w", "w", ["web:w1", "web:*", "web:w2"]],
  ["tail ", "", ["-f", "api", "web:w1", "web:w2"]],
  ["tail -", "-", ["-f"]],
  ["tail -f ", "", ["api", "web:w1", "web:w2"]],
  ["tail -f web:w1 ", "", ["stdout", "stderr"]],
  ["tail web:w1 stde", "stde", ["stderr"]],
  ["tail -f web:w1 stderr ", "", []],
  ["maintail ", "", ["-f"]],
  ["maintail -f ", "", []],
  ["add ", "", ["fresh"]],
  ["remove ", "", ["api", "web"]],
  ["update ", "", ["api", "web", "fresh", "all"]],
  ["update web fr", "fr", ["fresh"]],
  ["open ", "", ["http://", "unix:///", "unix:///run/s.sock"]],
  ["open unix:///r", "unix:///r", ["unix:///run/s.sock"]],
  ["version ", "", []],
  ["exit ", "", []],
];

describe("completion", () => {
  for (const [before, fragment, words] of ROWS) {
    it(`of "${before}" is ${words.join(" ") || "nothing"}`, async () => {
      assert.deepEqual(await completeLine(before, KNOWN), { fragment, words });
    });
  }

  it("of nothing is every action", async () => {
    assert.deepEqual((await completeLine("", KNOWN)).words, KNOWN.actions);
  });

  it("does not treat names of JavaScript properties as actions", async () => {
    for (const word of ["toString", "constructor", "__proto__", "valueOf"]) {
      assert.deepEqual(await completeLine(`${word} `, KNOWN), { fragment: "", words: [] });
    }
  });

  it("fits whatever is typed", async () => {
    const word = fc.oneof(fc.constantFrom(...KNOWN.actions, "web:w1", "-f", "?"), fc.string());
    const line = fc.array(word, { maxLength: 4 }).map((words) => words.join(" "));
    await fc.assert(
      fc.asyncProperty(line, async (before) => {
        const { fragment, words } = await completeLine(before, KNOWN);
        assert.ok(before.endsWith(fragment));
        for (const each of words) assert.ok(each.startsWith(fragment) && !/\s/.test(each));
      }),
    );
  });
});
