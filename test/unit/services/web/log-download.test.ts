// Downloads of a log: compressed files are read once, a few at a time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { err, ok } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { decompress } from "../../../../src/host/files/decompress.ts";
import type { LogFilePart } from "../../../../src/services/logs/api.ts";
import { LogDownloads, MOST_DECOMPRESSING } from "../../../../src/services/web/log-download.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeLogs } from "../../../fakes/logs-api.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";

/** @param stored the newest first */
function rig(stored: readonly Uint8Array[]) {
  const logs = new FakeLogs();
  const state = { bytesRead: 0, gone: new Set<string>() };
  logs.files = async () =>
    ok({
      files: stored.map((bytes, index) => ({
        ...{ id: String(index), index, size: bytes.length, changed: 0 },
        compression: bytes[0] === 0x1f ? "gzip" : "none",
      })),
      ...{ path: "/log", count: null, isFormatted: false, isRemoved: false, isOpen: true },
      changed: null,
    });
  logs.readPart = async (_, { id, offset, length }: LogFilePart) => {
    if (state.gone.has(id)) return err(fault("NO_FILE"));
    const bytes = (stored[Number(id)] ?? new Uint8Array()).slice(offset, offset + length);
    state.bytesRead += bytes.length;
    return ok(bytes);
  };
  const supervisor = new FakeSupervisor([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
  const downloads = new LogDownloads({ logs, supervisor, decompress });
  const open = async () => await downloads.answer(new Map([["name", "web"]]));
  const begin = async () => {
    const reply = await open();
    assert.ok(reply.kind === "parts");
    return reply;
  };
  const whole = async () => {
    const reply = await begin();
    const parts: Uint8Array[] = [];
    for (let part = await reply.next(); part !== null; part = await reply.next()) parts.push(part);
    reply.closed?.();
    return { length: reply.length, text: Buffer.concat(parts).toString() };
  };
  return { state, open, begin, whole };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const OLD = "an old line\n".repeat(50_000);

void test("a compressed file is read once, and the length is not announced", async () => {
  const zipped = gzipSync(OLD);
  const { whole, state } = rig([bytes("new\n"), zipped]);
  assert.deepEqual(await whole(), { length: null, text: `${OLD}new\n` });
  assert.equal(state.bytesRead, zipped.length + 4);
  assert.deepEqual(await rig([bytes("b\n"), bytes("a\n")]).whole(), { length: 4, text: "a\nb\n" });
});

void test("a backup that is damaged or gone is named in a line, and the others follow", async () => {
  const damaged = rig([bytes("new\n"), gzipSync(OLD).subarray(0, 300)]);
  const { text } = await damaged.whole();
  assert.match(text, /\n==> backup 1 cannot be read whole: damaged gzip data: .* <==\nnew\n$/);
  const removed = rig([bytes("new\n"), gzipSync(OLD)]);
  removed.state.gone.add("1");
  assert.match((await removed.whole()).text, /^\n==> backup 1 .* removed meanwhile.* <==\nnew\n$/);
});

void test("a few downloads decompress at a time, until they are over", async () => {
  const { open, begin, state } = rig([bytes("new\n"), gzipSync(OLD)]);
  const begun = await Promise.all(Array.from({ length: MOST_DECOMPRESSING }, begin));
  const refused = await open();
  assert.deepEqual([refused.kind, "status" in refused && refused.status], ["whole", 503]);
  await begun[0]?.next();
  const before = state.bytesRead;
  assert.ok(before > 0);
  begun[0]?.closed?.();
  assert.equal((await open()).kind, "parts");
});
