// Lines that a transfer formats are those of the formatter in JavaScript, to the byte, wherever reads end.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  LineFormatter,
  type LineFrame,
  type LineStyle,
} from "../../../../src/core/logs/line-format.ts";
import { LONGEST_PIECE } from "../../../../src/core/logs/line-pieces.ts";
import { createLogFiles } from "../../../../src/host/files/log-files.ts";
import { posix } from "../../../../src/host/posix.ts";
import { fc } from "../../../property.ts";

const { transfer } = createLogFiles();
const base = fs.mkdtempSync(join(tmpdir(), "tsv-lines-"));
after(() => fs.rmSync(base, { recursive: true }));
const WALL = Date.UTC(2026, 2, 1, 11, 4, 7, 123);
const OFFSET = () => 60;

const STYLES: readonly LineStyle[] = (["plain", "prefix", "json", "logfmt"] as const).flatMap(
  (format) =>
    (["none", "time", "iso", "iso-ms", "utc", "unix"] as const).map((time) => ({
      ...{ format, time, name: "a:web", channel: "stdout", colour: null },
    })),
);

/** The frame for a time that does not pass. */
function still(frame: LineFrame): LineFrame {
  return { ...frame, milliseconds: null, from: 0, until: Infinity };
}

/** Formats chunks with a transfer each, and ends as the pipeline does. */
async function natively(style: LineStyle, chunks: readonly Uint8Array[]): Promise<Buffer> {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  const [pipe, write] = ends;
  posix().setNonblocking(pipe);
  const path = join(base, "log");
  const fd = fs.openSync(path, "a");
  const formatter = new LineFormatter(style, OFFSET);
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += 65_536) {
      fs.writeSync(write, chunk, from, Math.min(65_536, chunk.length - from));
      const frame = still(formatter.frame(WALL));
      const { lines, taken } = await transfer({
        pipe,
        fd,
        room: Infinity,
        mode: "last",
        position: 0,
        frame,
      });
      assert.ok(lines !== null);
      assert.deepEqual(lines.newest, chunk.slice(from, from + taken));
      formatter.restore(lines.after);
    }
  }
  formatter.end(WALL, (lines) => void fs.writeSync(fd, lines));
  for (const open of [pipe, write, fd]) fs.closeSync(open);
  const bytes = fs.readFileSync(path);
  fs.unlinkSync(path);
  return bytes;
}

function inJavaScript(style: LineStyle, chunks: readonly Uint8Array[]): Buffer {
  const parts: Buffer[] = [];
  const emit = (lines: Uint8Array): void => void parts.push(Buffer.from(lines));
  const formatter = new LineFormatter(style, OFFSET);
  for (const chunk of chunks) formatter.push(chunk, WALL, emit);
  formatter.end(WALL, emit);
  return Buffer.concat(parts);
}

const NL = "\n";
/** What is treated specially, and around it what is not. */
const FRAGMENTS = fc.oneof(
  fc.constantFrom(
    ...["", NL, "\r\n", "\r", "\t", '"', "\\", "\u001b[1m", "\0", "\u007f", "\u0085"],
  ),
  fc.constantFrom("plain text of some length ", "ä", "€", "😀", "é\n", "x".repeat(100)),
  fc
    .constantFrom(LONGEST_PIECE - 1, LONGEST_PIECE, LONGEST_PIECE + 1, 40_000)
    .chain((length) =>
      fc.constantFrom("y", "ä").map((end) => `\n${"y".repeat(length - end.length)}${end}`),
    ),
);
const BYTES = fc.oneof(
  { weight: 3, arbitrary: FRAGMENTS.map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xff])
      .map((bytes) => Buffer.from(bytes)),
  },
);
const CHUNKS = fc.array(
  fc.array(BYTES, { maxLength: 12 }).map((parts) => Buffer.concat(parts)),
  { maxLength: 6 },
);

test("a transfer formats lines as JavaScript does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...STYLES), CHUNKS, async (style, chunks) => {
      const [native, expected] = [await natively(style, chunks), inJavaScript(style, chunks)];
      // Not deepEqual: it takes minutes to describe what differs.
      assert.ok(native.equals(expected), `${style.format} ${style.time}`);
    }),
    { numRuns: 400 },
  );
});

test("every byte, alone and after a letter, is escaped as JavaScript does", async () => {
  const style = { ...STYLES[0], format: "json", time: "none" } as LineStyle;
  const chunks = Array.from({ length: 256 }, (_, byte) =>
    Buffer.from([0x61, byte, 0x0a, byte, 0x61, 0x0a, ...Buffer.alloc(9, 0x62), byte, 0x0a]),
  );
  assert.ok((await natively(style, chunks)).equals(inJavaScript(style, chunks)));
});

test("the milliseconds are those of the read, and a time that is over ends the turn", async () => {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  const [pipe, write] = ends;
  posix().setNonblocking(pipe);
  const path = join(base, "times");
  const fd = fs.openSync(path, "a");
  const style = {
    format: "plain",
    time: "utc",
    name: "web",
    channel: "stdout",
    colour: null,
  } as const;
  const formatter = new LineFormatter(style, OFFSET);
  fs.writeSync(write, "late\n");
  const past = await transfer({
    ...{
      pipe,
      fd,
      room: Infinity,
      mode: "last",
      position: 0,
      frame: formatter.frame(Date.now() - 2000),
    },
  });
  assert.deepEqual([past.taken, past.moved, past.rest], [0, 0, "more"]);
  const before = Date.now();
  for (let moved = 0; moved === 0; ) {
    const frame = formatter.frame(Date.now());
    ({ moved } = await transfer({ pipe, fd, room: Infinity, mode: "last", position: 0, frame }));
  }
  const [time = "", text] = fs.readFileSync(path, "utf8").split(" ");
  assert.equal(text, "late\n");
  assert.ok(Date.parse(time) >= before && Date.parse(time) <= Date.now(), time);
  for (const open of [pipe, write, fd]) fs.closeSync(open);
});

test("a file passes its room by less than a chunk, even with empty lines", async () => {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  const [pipe, write] = ends;
  posix().setNonblocking(pipe);
  const path = join(base, "room");
  const fd = fs.openSync(path, "a");
  const style = {
    format: "json",
    time: "none",
    name: "web",
    channel: "stdout",
    colour: null,
  } as const;
  const formatter = new LineFormatter(style, OFFSET);
  fs.writeSync(write, Buffer.alloc(65_536, NL));
  const room = 200_000;
  const frame = formatter.frame(WALL);
  const { moved, rest } = await transfer({ pipe, fd, room, mode: "last", position: 0, frame });
  assert.equal(rest, "more");
  assert.ok(moved >= room && moved < room + 128 * 1024, `${moved}`);
  for (const open of [pipe, write, fd]) fs.closeSync(open);
});

test("unwritten lines are counted as they would have been written", async () => {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  const [pipe, write] = ends;
  posix().setNonblocking(pipe);
  const fd = fs.openSync("/dev/full", "a");
  const style = {
    format: "prefix",
    time: "none",
    name: "web",
    channel: "stdout",
    colour: null,
  } as const;
  fs.writeSync(write, "one\ntwo\nthr");
  const frame = new LineFormatter(style, OFFSET).frame(WALL);
  const failed = await transfer({ pipe, fd, room: Infinity, mode: "last", position: 0, frame });
  const lost = "web | one\nweb | two\n".length;
  assert.deepEqual([failed.moved, failed.lost, failed.errno], [0, lost, "ENOSPC"]);
  assert.equal(Buffer.from(failed.lines?.after.held ?? []).toString(), "thr");
  for (const open of [pipe, write, fd]) fs.closeSync(open);
});
