// fg of a program that has a terminal: keys, the screen, the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { Turns } from "../../../../src/ctl/fg/run.ts";
import {
  attachTerminal,
  fromWhole,
  KeySender,
  latin1,
  readKeys,
  ScreenModes,
} from "../../../../src/ctl/fg/terminal.ts";
import type { StreamEnd } from "../../../../src/ports/http-client.ts";
import {
  createFakeClient,
  createFakeContext,
  createFakeTerminal,
} from "../../../fakes/ctl-client.ts";
import { fc } from "../../../property.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

const LEAVING = [
  ["the byte of Ctrl-]", "\x1d"],
  ["kitty's keyboard protocol", "\x1b[93;5u"],
  ["kitty's with alternate keys and a press", "\x1b[93:125;5:1u"],
  ["xterm's modifyOtherKeys", "\x1b[27;5;93~"],
] as const;

const STAYING = ["\x03", "\x1a", "\x1c", "]", "\x1b[93u", "\x1b[93;5:3u", "\x1b[A", "\xc3\x9d"];

test("Ctrl-] leaves in every form, and input typed before it is sent; other keys go to the program", () => {
  for (const [what, key] of LEAVING) {
    const { keys, leaves } = readKeys(bytes(`ls\r${key}rest`));
    assert.deepEqual([latin1(keys), leaves], ["ls\r", true], what);
  }
  for (const key of STAYING) {
    assert.deepEqual(readKeys(bytes(key)), { keys: bytes(key), leaves: false }, key);
  }
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("keys typed while a call is under way go together with the next, in order", async () => {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const sender = new KeySender(new Turns(), (keys) => {
    sent.push(latin1(keys));
    return new Promise((resolve) => answers.push(resolve));
  });
  sender.keys(bytes("a"));
  await turn();
  sender.keys(bytes("b"));
  sender.keys(bytes("c"));
  sender.keys(bytes(""));
  assert.deepEqual(sent, ["a"]);
  answers.shift()?.();
  await turn();
  assert.deepEqual(sent, ["a", "bc"]);
});

test("other calls keep their place among the keys, and a failed one does not stop the rest", async () => {
  const order: string[] = [];
  const turns = new Turns();
  const sender = new KeySender(turns, async (keys) => void order.push(latin1(keys)));
  sender.keys(bytes("a"));
  await turn();
  const failed = turns.take(async () => {
    order.push("size");
    throw new Error("refused");
  });
  sender.keys(bytes("b"));
  await assert.rejects(failed, /refused/);
  assert.equal(await turns.take(async () => "last"), "last");
  assert.deepEqual(order, ["a", "size", "b"]);
});

test("nothing begins after the end", async () => {
  const turns = new Turns();
  let release: () => void = () => undefined;
  const first = turns.take(() => new Promise<void>((resolve) => (release = resolve)));
  void turns.take(async () => assert.fail("began after the end"));
  await turn();
  turns.end();
  release();
  await first;
  await turn();
});

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

test("a window that changes before the keys are opened has its last size all the same", async () => {
  let size = { rows: 24, columns: 80 };
  let end: (how: StreamEnd) => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    end = resolve;
  });
  const client = createFakeClient({
    "tsv.setWindowSize": (params) => {
      // The second size is the last one.
      if (params[2] !== 79) end({ kind: "end" });
      return ok(true);
    },
  });
  const terminal = {
    ...createFakeTerminal(),
    size: () => size,
    openKeys: async () => {
      size = { rows: 40, columns: 120 };
      return { close: () => undefined };
    },
  };
  const follow = () => ok({ ended, close: () => undefined });
  const { context } = createFakeContext({ ...client, follow }, { terminal });
  assert.equal(await attachTerminal(context, "a", 1), "done");
  const sizes = client.calls.filter((call) => call.startsWith("tsv.setWindowSize"));
  assert.deepEqual(sizes, ["tsv.setWindowSize(a, 24, 79)", "tsv.setWindowSize(a, 40, 120)"]);
});
