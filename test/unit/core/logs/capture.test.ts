// Capture mode: tokens across chunk borders, a real bound, and nothing lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureScanner } from "../../../../src/core/logs/capture.ts";
import { fc } from "../../../property.ts";

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
  const pieces = chunks.flatMap((chunk) =>
    scanner
      .push(Buffer.from(chunk))
      .map((piece) => ({ ...piece, text: Buffer.from(piece.bytes).toString() })),
  );
  const last = scanner
    .end()
    .map((piece) => ({ ...piece, text: Buffer.from(piece.bytes).toString() }));
  for (const { kind, text } of [...pieces, ...last]) {
    if (kind === "log") log += text;
    else if (kind === "inside") inside += text;
    else captured.push(text);
  }
  return { log, inside, captured };
}

test("text between the tokens is captured and not logged", () => {
  assert.deepEqual(scan([`a${BEGIN}b${END}c`]), { log: "ac", inside: "b", captured: ["b"] });
});

test("an empty capture is a capture", () => {
  assert.deepEqual(scan([`${BEGIN}${END}`]).captured, [""]);
});

test("short output is logged immediately (capture-short)", () => {
  const scanner = new CaptureScanner(10);
  assert.deepEqual(
    scanner.push(Buffer.from("hi\n")).map((p) => [p.kind, Buffer.from(p.bytes).toString()]),
    [["log", "hi\n"]],
  );
});

test("only a real beginning of a token waits for the next chunk", () => {
  const scanner = new CaptureScanner(10);
  const first = scanner.push(Buffer.from("x<!--XS"));
  assert.deepEqual(
    first.map((p) => Buffer.from(p.bytes).toString()),
    ["x"],
  );
  assert.deepEqual(
    scanner.push(Buffer.from("y")).map((p) => Buffer.from(p.bytes).toString()),
    ["<!--XS", "y"],
  );
});

test("text held at the end of the stream is logged (capture-short)", () => {
  assert.equal(scan(["hi<!--XSUPERVISOR:BEG"]).log, "hi<!--XSUPERVISOR:BEG");
});

test("a capture that is never closed goes to the log (capture-whole)", () => {
  assert.deepEqual(scan([`a${BEGIN}left over`]), {
    log: "aleft over",
    inside: "left over",
    captured: [],
  });
});

test("a capture keeps its newest bytes when it outgrows its bound (capture-whole)", () => {
  assert.deepEqual(scan([`${BEGIN}0123456789${END}`], 4).captured, ["6789"]);
  assert.deepEqual(scan([BEGIN, ..."0123456789", END], 4).captured, ["6789"]);
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
