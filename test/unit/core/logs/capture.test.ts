// Capture mode: tokens across chunk borders, a real bound, and nothing lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CapturePiece,
  CaptureScanner,
  NewestBytes,
} from "../../../../src/core/logs/capture.ts";

const BEGIN = "<!--XSUPERVISOR:BEGIN-->";
const END = "<!--XSUPERVISOR:END-->";

interface Seen {
  readonly log: string;
  readonly inside: string;
  readonly captured: readonly string[];
}

function scan(chunks: readonly string[], maxBytes = 1000): Seen {
  const scanner = new CaptureScanner(maxBytes);
  let log = "";
  let inside = "";
  const captured: string[] = [];
  const take = ({ kind, bytes }: CapturePiece): void => {
    const text = Buffer.from(bytes).toString();
    if (kind === "log") log += text;
    else if (kind === "inside") inside += text;
    else captured.push(text);
  };
  for (const chunk of chunks) scanner.push(Buffer.from(chunk), take);
  scanner.end(take);
  return { log, inside, captured };
}

function piecesOf(scanner: CaptureScanner, chunk: string): readonly string[] {
  const pieces: string[] = [];
  scanner.push(Buffer.from(chunk), ({ kind, bytes }) => {
    pieces.push(`${kind}: ${Buffer.from(bytes).toString()}`);
  });
  return pieces;
}

test("short output is logged immediately (capture-short)", () => {
  assert.deepEqual(piecesOf(new CaptureScanner(10), "hi\n"), ["log: hi\n"]);
});

test("only a real beginning of a token waits for the next chunk", () => {
  const scanner = new CaptureScanner(10);
  assert.deepEqual(piecesOf(scanner, "x<!--XS"), ["log: x"]);
  assert.deepEqual(piecesOf(scanner, "y"), ["log: <!--XS", "log: y"]);
});

test("what is logged and captured (capture-short, capture-whole)", () => {
  const rows: readonly (readonly [output: string, log: string, captured: readonly string[]])[] = [
    [`a${BEGIN}b${END}c`, "ac", ["b"]],
    [`${BEGIN}0123456789${END}`, "", ["6789"]],
    [`a${BEGIN}left`, "aleft", []],
    ["hi<!--XSUPERVISOR:BEG", "hi<!--XSUPERVISOR:BEG", []],
  ];
  for (const [output, log, captured] of rows) {
    const seen = scan([output], 4);
    assert.deepEqual([seen.log, seen.captured], [log, captured], output);
  }
});

test("the result does not depend on chunk borders, and nothing is lost", () => {
  const piece = fc.constantFrom(
    BEGIN,
    END,
    "<",
    "<!--",
    "<!--XSUPERVISOR:",
    "BEGIN-->",
    "text",
    "-->",
    "<<!--XS",
  );
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.array(fc.nat(9)),
      fc.integer({ min: 1, max: 40 }),
      (pieces, cuts, max) => {
        const whole = pieces.join("");
        const chunks: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(whole.slice(from, from + cut));
          from += cut;
        }
        chunks.push(whole.slice(from));
        const pieced = scan(chunks, max);
        assert.deepEqual(pieced, scan([whole], max));
        const model = reference(whole, max);
        assert.deepEqual({ log: pieced.log, captured: pieced.captured }, model);
      },
    ),
    { numRuns: 500 },
  );
});

/** Splitting the whole text by the tokens, as the documentation describes capture mode. */
function reference(whole: string, max: number): { log: string; captured: string[] } {
  let log = "";
  const captured: string[] = [];
  let rest = whole;
  for (;;) {
    const begin = rest.indexOf(BEGIN);
    if (begin < 0) return { log: log + rest, captured };
    log += rest.slice(0, begin);
    rest = rest.slice(begin + BEGIN.length);
    const end = rest.indexOf(END);
    if (end < 0) return { log: log + rest.slice(Math.max(0, rest.length - max)), captured };
    captured.push(rest.slice(0, end).slice(Math.max(0, end - max)));
    rest = rest.slice(end + END.length);
  }
}

const SIZES = fc.oneof(fc.nat(300), fc.nat(200_000), fc.constantFrom(256, 512, 65_536));

test("the newest bytes are those of the end of all that came", () => {
  const pieces = fc.array(SIZES, { maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(fc.nat(1000), fc.nat(300_000)), pieces, pieces, (most, early, late) => {
      const kept = new NewestBytes(most);
      let all = Buffer.alloc(0);
      let next = 0;
      const add = (sizes: readonly number[]): void => {
        for (const size of sizes) {
          const bytes = Buffer.from(Array.from({ length: size }, () => (next = (next + 7) % 251)));
          all = Buffer.concat([all, bytes]);
          kept.add(bytes);
        }
      };
      const newest = (): Buffer => all.subarray(Math.max(0, all.length - most));
      add(early);
      assert.ok(newest().equals(kept.copy()));
      assert.ok(newest().equals(kept.take()));
      assert.equal(kept.length, 0);
      all = Buffer.alloc(0);
      add(late);
      assert.equal(kept.length, newest().length);
      assert.ok(newest().equals(kept.copy()));
    }),
    { numRuns: 60 },
  );
});
