// Reading on after a stream left bytes out, also when another daemon counts the log.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogAnchor } from "../../../../src/ctl/logs/anchor.ts";
import { catchUp } from "../../../../src/ctl/logs/catch-up.ts";
import { isProblem } from "../../../../src/ctl/logs/log-reader.ts";
import { FakeLog, NOON } from "./fake-log.ts";

describe("catching up with a log", () => {
  const catchUpText = async (log: FakeLog, offset: number): Promise<string> => {
    let text = "";
    let next: number | null = null;
    const reader = log.reader(4);
    const from = { place: { epoch: "e", offset }, end: new Uint8Array(0) };
    for await (const piece of catchUp(reader, new LogAnchor(reader), from)) {
      assert.equal(piece.offset, next ?? piece.offset);
      text += next === null ? `${piece.offset}:` : "";
      text += Buffer.from(piece.bytes).toString();
      next = piece.offset + piece.bytes.length;
    }
    return text;
  };
  const files = [{ text: "eight\n" }, { text: "six7\n", gzip: true }, { text: "four5\n" }];

  it("reads on from a place in a compressed file, or in one in front of it", async () => {
    assert.equal(await catchUpText(new FakeLog(files, [NOON, 0]), 8), "8:x7\neight\n");
    assert.equal(await catchUpText(new FakeLog(files, [NOON, 0]), 4), "4:5\nsix7\neight\n");
    assert.equal(await catchUpText(new FakeLog(files, [NOON, 0]), 12), "12:ight\n");
  });

  it("begins with the oldest file when the place is gone", async () => {
    assert.equal(
      await catchUpText(new FakeLog(files.slice(0, 2), [NOON, 0]), -3),
      "0:six7\neight\n",
    );
  });

  it("reads nothing of a log with another count", async () => {
    assert.equal(await catchUpText(new FakeLog(files), 8), "");
  });

  it("goes on in the file that was compressed while it was the newest", async () => {
    const log = new FakeLog([{ text: "one\ntwo\n" }], [NOON, 0]);
    let reads = 0;
    log.beforeRead = () => {
      reads += 1;
      if (reads !== 2) return;
      log.files = [{ text: "three\n" }, { text: "one\ntwo\n", gzip: true }];
    };
    assert.equal(await catchUpText(log, 0), "0:one\ntwo\n");
    assert.deepEqual(log.notices, []);
  });
});

describe("catching up with a log that another daemon counts", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  /** Shows a log up to an offset, lets the log change, and reads on. */
  const after = async (log: FakeLog, offset: number, end: string, change: () => void) => {
    const reader = log.reader(4);
    const anchor = new LogAnchor(reader);
    const before = await reader.list();
    assert.ok(!isProblem(before));
    // The former daemon counted from 1000 on.
    const files = before.files.map((file) => ({ ...file, start: (file.start ?? 0) + 1000 }));
    const place = { epoch: "former", offset: offset + 1000 };
    await anchor.take({ ...before, epoch: "former", files }, place);
    change();
    let text = "";
    let isUnsure: boolean | undefined;
    for await (const piece of catchUp(reader, anchor, { place, end: bytes(end) })) {
      isUnsure ??= piece.isUnsure;
      text += Buffer.from(piece.bytes).toString();
    }
    return { text, isUnsure };
  };

  it("reads on at the place in the same file", async () => {
    const log = new FakeLog([{ text: "a\nb\nc\n" }], [NOON, 4]);
    const seen = await after(log, 2, "a\n", () => undefined);
    assert.deepEqual(seen, { text: "b\nc\n", isUnsure: false });
  });

  it("reads on through files that were rotated meanwhile, compressed ones too", async () => {
    const old = { text: "same\nsame\n" };
    const log = new FakeLog([old], [NOON, 10]);
    const seen = await after(log, 5, "same\n", () => {
      log.files = [{ text: "same\n" }, { text: "two\n", gzip: true }, old];
    });
    assert.deepEqual(seen, { text: "same\ntwo\nsame\n", isUnsure: false });
  });

  it("shows what the daemon wrote when the file is gone, and is unsure", async () => {
    const log = new FakeLog([{ text: "a\nb\n" }], [NOON, 0]);
    const seen = await after(log, 4, "b\n", () => {
      log.files = [{ text: "x\ny\n" }];
      log.marks = [NOON, 2];
    });
    assert.deepEqual(seen, { text: "y\n", isUnsure: true });
  });

  it("is unsure when the file has other bytes before the place, or is too short", async () => {
    const log = new FakeLog([{ text: "a\nb\nc\n" }], [NOON, 0]);
    const other = await after(log, 4, "x\n", () => undefined);
    assert.deepEqual(other, { text: "a\nb\nc\n", isUnsure: true });
    assert.equal((await after(log, 400, "c\n", () => undefined)).isUnsure, true);
  });
});
