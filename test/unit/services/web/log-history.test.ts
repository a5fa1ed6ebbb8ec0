// The newest lines of a log through its files: no more is read than is needed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { err, ok } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { decompress } from "../../../../src/host/files/decompress.ts";
import type { ListedLog } from "../../../../src/services/logs/api.ts";
import { type HistoryChoice, readHistory } from "../../../../src/services/web/log-history.ts";
import { fc } from "../../../property.ts";

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);
const REF = { kind: "channel", key: "web:web" as ProcessKey, channel: "stdout" } as const;
const EVERY: HistoryChoice = {
  ...{ search: "", level: null, since: null, lines: 1000 },
  ...{ mostBytes: 1e9, mostCharacters: 1e9, isFollowed: false, isOver: () => false },
};

interface FakeFile {
  readonly text: string;
  readonly gzip?: boolean;
  readonly changed?: number;
}

/** @param files the newest first */
function rig(files: readonly FakeFile[], listed: Partial<ListedLog> = {}) {
  const stored = files.map(({ text, gzip = false }) =>
    gzip ? gzipSync(text) : new TextEncoder().encode(text),
  );
  const state = { bytesRead: 0, gone: new Set<string>() };
  const log: ListedLog = {
    files: files.map(({ gzip = false, changed = NOON }, index) => ({
      ...{ index, id: String(index), size: stored[index]?.length ?? 0, changed },
      compression: gzip ? "gzip" : "none",
    })),
    count: { epoch: "e", written: 1000, start: 1000 - (stored[0]?.length ?? 0), kept: 0 },
    ...{ path: "/log", isFormatted: false, isRemoved: false, isOpen: true, changed: null },
    ...listed,
  };
  const deps = {
    logs: {
      files: async () => ok(log),
      async readPart(_ref: unknown, part: { id: string; offset: number; length: number }) {
        if (state.gone.has(part.id)) return err(fault("NO_FILE"));
        const bytes = stored[Number(part.id)] ?? new Uint8Array(0);
        state.bytesRead += Math.min(part.length, bytes.length);
        return ok(bytes.slice(part.offset, part.offset + part.length));
      },
    },
    turns: { pause: () => null },
    decompress,
    offset: () => 0,
    now: () => NOON,
  };
  const read = (choice: Partial<HistoryChoice> = {}) =>
    readHistory(deps, REF, "web", { ...EVERY, ...choice });
  const texts = async (choice: Partial<HistoryChoice> = {}) =>
    (await read(choice)).lines.map(({ text }) => text);
  return { deps, state, read, texts };
}

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join("");

void test("the newest lines come from the newest files, compressed ones too", async () => {
  const { texts } = rig([
    { text: numbered(8, 10) },
    { text: numbered(4, 8) },
    { text: numbered(0, 4), gzip: true },
  ]);
  assert.deepEqual(await texts({ lines: 3 }), ["line 7", "line 8", "line 9"]);
  assert.equal((await texts()).join("\n"), numbered(0, 10).trimEnd());
  assert.deepEqual(await texts({ search: "LINE 3" }), ["line 3"]);
});

void test("lines do not depend on where blocks begin", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(200_000), { maxLength: 6 }), async (lengths) => {
      const lines = lengths.map((length, at) => `${at}${"x".repeat(length % 15_000)}`);
      const filler = Array.from({ length: 30 }, (_, at) => "y".repeat(at * 311));
      const all = [...filler, ...lines, ...filler];
      const { texts } = rig([{ text: all.map((line) => `${line}\n`).join("") }]);
      assert.deepEqual(await texts(), all);
    }),
    { numRuns: 20 },
  );
});

void test("a large log is not read for its last lines, and a search ends at its limit", async () => {
  const { state, texts, read } = rig([{ text: numbered(0, 200_000) }]);
  assert.deepEqual(await texts({ lines: 2 }), ["line 199998", "line 199999"]);
  assert.ok(state.bytesRead <= 64 * 1024, `${state.bytesRead}`);
  const found = await read({ search: "line 1\n", mostBytes: 512 * 1024 });
  assert.deepEqual(found.lines, []);
  assert.deepEqual(found.notes, ["only its newest 1 MB were read"]);
  assert.ok(state.bytesRead <= 1024 * 1024, `${state.bytesRead}`);
});

void test("text is kept up to a limit", async () => {
  const { read } = rig([{ text: `${"x".repeat(15_000)}\n`.repeat(1000) }]);
  const { lines } = await read({ mostCharacters: 100_000 });
  assert.ok(lines.length >= 6 && lines.length <= 12, `${lines.length}`);
  const zipped = rig([{ text: `${"x".repeat(15_000)}\n`.repeat(1000), gzip: true }]);
  const fewer = (await zipped.read({ mostCharacters: 100_000 })).lines;
  assert.ok(fewer.length >= 6 && fewer.length <= 12, `${fewer.length}`);
});

void test("since a time, older files and the beginning of a file are not read", async () => {
  const at = (minute: number) =>
    `2026-11-23 11:${String(minute).padStart(2, "0")}:00 line ${minute}\n`;
  const pad = `${"x".repeat(99)}\n`.repeat(2000);
  const { state, texts } = rig([
    { text: at(10) + pad + at(20) + pad + at(30) },
    { text: at(1), changed: NOON - 3_000_000 },
  ]);
  const lines = await texts({ since: NOON - 40 * 60_000, search: "line" });
  assert.deepEqual(lines, ["2026-11-23 11:20:00 line 20", "2026-11-23 11:30:00 line 30"]);
  assert.ok(state.bytesRead < 420_000, `${state.bytesRead}`);
});

void test("a reader is told what it cannot see", async () => {
  const { deps, state, read } = rig([{ text: "new\n" }, { text: "old\n" }]);
  state.gone.add("1");
  assert.deepEqual((await read()).notes, ["backup 1 is gone"]);
  const none = rig([], { count: null });
  assert.deepEqual((await none.read()).lines, []);
  const timeless = await rig([{ text: "no time\n" }]).read({ since: NOON - 1000 });
  assert.deepEqual(timeless.notes, ["lines without a time are shown by the time of their file"]);
  const logs = { ...deps.logs, files: async () => err(fault("FAILED", "/log: EIO")) };
  const failed = await readHistory({ ...deps, logs }, REF, "web", EVERY);
  assert.deepEqual(failed.notes, ["it cannot be read: /log: EIO"]);
  const damaged = rig([{ text: "new\n" }, { text: "x" }], {});
  const gzip = { index: 1, id: "1", size: 1, changed: NOON, compression: "gzip" } as const;
  const live = { ...gzip, index: 0, id: "0", size: 4, compression: "none" } as const;
  const broken = { ...damaged.deps.logs, files: async () => ok({ ...WHOLE, files: [live, gzip] }) };
  const whole = await readHistory({ ...damaged.deps, logs: broken }, REF, "web", EVERY);
  assert.deepEqual(
    whole.lines.map(({ text }) => text),
    ["new"],
  );
  assert.match(whole.notes[0] ?? "", /^backup 1 cannot be read whole: damaged gzip data/);
});

const WHOLE = {
  ...{ count: null, path: "/log", isFormatted: false, isRemoved: false, isOpen: true },
  changed: null,
};

void test("an unfinished line is left to those that follow the log", async () => {
  const { read } = rig([{ text: "whole\nunfin" }]);
  const followed = await read({ isFollowed: true });
  assert.deepEqual(
    followed.lines.map(({ text }) => text),
    ["whole"],
  );
  assert.deepEqual(followed.end, { epoch: "e", offset: 995 });
  const all = await read();
  assert.deepEqual(
    all.lines.map(({ text }) => text),
    ["whole", "unfin"],
  );
});

void test("reading ends when the client is gone", async () => {
  const { state, read } = rig([{ text: numbered(0, 200_000) }]);
  await read({ isOver: () => true });
  assert.equal(state.bytesRead, 0);
});

void test("of a log without a file, the newest output is shown", async () => {
  const { deps } = rig([]);
  const offsets: number[] = [];
  const logs = {
    files: async () =>
      ok({ ...WHOLE, files: [], count: { epoch: "k", written: 106, start: 100, kept: 100 } }),
    async readPart(_ref: unknown, part: { id: string; offset: number; length: number }) {
      offsets.push(part.offset);
      return ok(new TextEncoder().encode("a\nb\nc\n").slice(0, part.length));
    },
  };
  const { lines } = await readHistory({ ...deps, logs }, REF, "web", EVERY);
  assert.deepEqual(
    lines.map(({ text }) => text),
    ["a", "b", "c"],
  );
  assert.deepEqual(offsets, [100]);
});
