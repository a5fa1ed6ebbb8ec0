// The event log as server-sent events: where a reader begins, the events it gets, and the report of missing ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { EventStream } from "../../../../src/services/web/event-stream.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";

function rig() {
  const log = fakeEventLog();
  const stream = new EventStream(log);
  const read = (after: string | null) => {
    const reply = stream.answer(after, null);
    assert.equal(reply.kind, "stream");
    const lines: string[] = [];
    reply.open({
      write(bytes) {
        const [, id = "", event = ""] =
          /^(?:retry: 500\n)?id: (\S+)\nevent: (\S+)\ndata: \{.*\}\n\n$/.exec(
            new TextDecoder().decode(bytes),
          ) ?? [];
        lines.push(`${event} ${id}`);
      },
      end() {},
    });
    return { lines, leave: () => reply.closed() };
  };
  return { log, stream, read, change: () => log.changed("web:web" as ProcessKey) };
}

void test("a new one gets the events from now on", () => {
  const { read, change } = rig();
  change();
  const { lines } = read(null);
  change();
  assert.deepEqual(lines, ["begin e-1", "state e-2"]);
});

void test("one that reconnects gets the missed events, once and in order", () => {
  const { log, read, change } = rig();
  const first = read(null);
  change();
  first.leave();
  change();
  log.changed(null);
  const { lines } = read("e-1");
  change();
  assert.deepEqual(first.lines, ["begin e-0", "state e-1"]);
  assert.deepEqual(lines, ["begin e-1", "state e-2", "group-added e-3", "state e-4"]);
});

void test("one from before a restart of the daemon gets a reset", () => {
  const { read, change } = rig();
  change();
  for (const cursor of ["old-7", "nonsense"])
    assert.deepEqual(read(cursor).lines, ["reset e-0", "state e-1"]);
});

void test("one that accepts lines of JSON gets one for each event, with the cursor to go on from", () => {
  const { log, stream, change } = rig();
  change();
  const reply = stream.answer("e-0", "application/x-ndjson, */*;q=0.1");
  assert.equal(reply.kind, "stream");
  assert.deepEqual(reply.headers[0], ["Content-Type", "application/x-ndjson"]);
  const written: string[] = [];
  reply.open({
    write: (bytes) => void written.push(new TextDecoder().decode(bytes)),
    end() {},
  });
  log.changed(null);
  assert.ok(written.every((line) => /^.+\n$/.test(line)));
  const lines = written.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  assert.deepEqual(
    lines.map(({ cursor, event, kind }) => [cursor, event, kind]),
    [
      ["e-0", "begin", undefined],
      ["e-1", "state", "state"],
      ["e-2", "group-added", "group-added"],
    ],
  );
});
