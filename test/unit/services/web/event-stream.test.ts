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
    const reply = stream.answer(after);
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
