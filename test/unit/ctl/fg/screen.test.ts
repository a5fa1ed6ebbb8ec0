// Restoring the screen after a program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromWhole, ScreenModes } from "../../../../src/ctl/fg/terminal.ts";
import { fc } from "../../../property.ts";

const ALWAYS = "\x1b[0m\x1b>\x1b[?1;1000;1002;1003;1004;1006;2004l\x1b[?7;25h";

function undoOf(...chunks: readonly string[]): string {
  const modes = new ScreenModes();
  for (const chunk of chunks) modes.push(chunk);
  const undo = modes.undo();
  assert.ok(undo.endsWith(ALWAYS));
  return undo.slice(0, -ALWAYS.length);
}

const CASES: readonly (readonly [string, string, string])[] = [
  ["nothing but text leaves the other screen alone", "hello\r\n\x1b[31mred\x1b[2J", ""],
  ["the other screen is left", "\x1b[?1049h\x1b[H", "\x1b[?1049l"],
  ["unless the program left it itself", "\x1b[?1049hvi\x1b[?1049l", ""],
  ["several modes of one sequence count", "\x1b[?1049;6;25h", "\x1b[?1049l\x1b[?6l"],
  ["margins are opened without moving the cursor", "\x1b[2;10r", "\x1b7\x1b[r\x1b8"],
  ["margins that the program opened stay", "\x1b[2;10r\x1b[r", ""],
  ["kitty's keyboard levels are taken back", "\x1b[>1u\x1b[>5u\x1b[<u", "\x1b[<1u"],
  ["xterm's other keys are taken back", "\x1b[>4;2m", "\x1b[>4m"],
  ["a reset by the program undoes it all", "\x1b[?1049h\x1b[2;9r\x1b[>4;1m\x1bc", ""],
];

for (const [what, output, expected] of CASES) {
  test(what, () => assert.equal(undoOf(output), expected));
}

test("it does not matter where the output is cut", () => {
  const pieces = fc.array(
    fc.constantFrom("\x1b[?1049h", "\x1b[?1049l", "\x1b[>1u", "\x1b[2;3r", "\x1bc", "text", "\x1b"),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(80), { maxLength: 6 }), (list, cuts) => {
      const output = list.join("");
      const places = [...cuts.filter((at) => at <= output.length), output.length].sort(
        (a, b) => a - b,
      );
      const chunks = places.map((at, i) => output.slice(places[i - 1] ?? 0, at));
      assert.equal(undoOf(...chunks), undoOf(output));
    }),
  );
});

test("a tail begins with a whole line", () => {
  const of = (text: string): string =>
    Buffer.from(fromWhole(Uint8Array.from(Buffer.from(text)))).toString();
  assert.equal(of("5;1Hcut\nline\n"), "line\n");
  assert.equal(of("31mcut\x1b[0m$ "), "\x1b[0m$ ");
  assert.equal(of("one long line"), "one long line");
});
