// Picking a log up again: nothing is lost whatever comes, and nothing is shown twice where that is certain.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogResume, overlapOf } from "../../../../src/ctl/logs/resume.ts";
import { fc } from "../../../property.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (piece: Uint8Array): string => new TextDecoder().decode(piece);

/** Shows the pieces of each stream, one stream after another. */
function shown(streams: readonly (readonly string[])[]): string {
  const resume = createLogResume();
  let all = "";
  for (const pieces of streams) {
    resume.restart();
    for (const piece of pieces) all += text(resume.take(bytes(piece)));
  }
  return all;
}

const LINES = Array.from({ length: 300 }, (_, index) => `line ${index}\n`).join("");

describe("a log that is picked up again", () => {
  it("resumes at its place after the log has grown", () => {
    assert.equal(shown([["a\n"], ["a\nb\n", "c\n"]]), "a\nb\nc\n");
    const before = LINES.slice(0, 2000);
    assert.equal(shown([[before], [LINES.slice(0, 2300).slice(-1024)]]), LINES.slice(0, 2300));
    assert.equal(shown([[before], [before.slice(-1024)]]), before);
  });

  it("is shown from the start, when it is a new one", () => {
    assert.equal(shown([["a\nb\n"], ["c\n"]]), "a\nb\nc\n");
    assert.equal(shown([["up\n"], ["up\n"]]), "up\nup\n");
    assert.equal(shown([["up\nwork\n"], ["up\n"]]), "up\nwork\nup\n");
    assert.equal(shown([["x\na\n"], ["a\nb\n"]]), "x\na\na\nb\n");
  });

  it("is shown as far as it is there, when more was written than a server sends first", () => {
    assert.equal(shown([["old\n"], [LINES.slice(-1024)]]), `old\n${LINES.slice(-1024)}`);
  });

  it("knows whether a line is unfinished", () => {
    const resume = createLogResume();
    assert.equal(resume.isMidLine(), false);
    resume.take(bytes("ab"));
    assert.equal(resume.isMidLine(), true);
    resume.take(bytes("c\n"));
    assert.equal(resume.isMidLine(), false);
  });

  it("loses nothing of a log that grows while it is disconnected", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const log = fc.uint8Array({ minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(log, fc.array(byte, { maxLength: 900 }), (before, added) => {
        const whole = Uint8Array.from([...before, ...added]);
        const resume = createLogResume();
        resume.restart();
        const first = resume.take(before);
        resume.restart();
        const rest = resume.take(whole.slice(-1024));
        // Whatever else: what is shown ends as the log does, and is no shorter.
        const all = Buffer.concat([first, rest]);
        assert.ok(all.length >= Math.min(whole.length, before.length));
        const end = Math.min(all.length, added.length);
        if (rest.length > 0 && rest.length >= added.length) {
          assert.deepEqual(
            [...all.subarray(all.length - end)],
            [...whole.slice(whole.length - end)],
          );
        }
      }),
    );
  });

  it("overlaps at most as far as both go", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1024, max: 2 }),
        fc.uint8Array({ maxLength: 1024, max: 2 }),
        (before, piece) => {
          const length = overlapOf(before, piece);
          assert.ok(length <= before.length && length <= piece.length);
          const end = before.slice(before.length - length);
          assert.deepEqual(end, piece.slice(0, length));
        },
      ),
    );
  });

  it("begins with a whole line of another daemon's stream, when bytes may be missing", () => {
    const head = (place: string): ReadonlyMap<string, string> =>
      new Map([["tsv-log-place", place]]);
    const resume = createLogResume({ place: { epoch: "a", offset: 4 }, end: bytes("old\n") });
    resume.restart();
    assert.deepEqual(resume.begins(head("b:5000")), { missing: 0, isOther: true });
    resume.broken();
    assert.equal(text(resume.take(bytes(`cut\n${"x".repeat(1023)}\n`))), `${"x".repeat(1023)}\n`);
    assert.equal(text(resume.take(bytes("next"))), "next");
    resume.restart();
    assert.deepEqual(resume.begins(head("b:7000")), { missing: 968, isOther: false });
  });
});
