// Lines as messages for the journal: fields and priorities.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JournalMessages } from "../../../../src/core/logs/journal-message.ts";
import { LinePieces, LONGEST_PIECE } from "../../../../src/core/logs/line-pieces.ts";
import { journalFields } from "../../../fakes/journal.ts";
import { fc } from "../../../property.ts";

type Source = ConstructorParameters<typeof JournalMessages>[0];
const WEB: Source = { name: "web", group: "web", pid: 42, channel: "stdout" };

function messages(output: Uint8Array, source: Source = WEB): Record<string, string>[] {
  const composed = new JournalMessages(source);
  const all: Record<string, string>[] = [];
  const pieces = new LinePieces({
    take(...piece) {
      const message = composed.of(...piece);
      if (message !== null) all.push(journalFields(message));
    },
  });
  pieces.push(output);
  pieces.end();
  return all;
}

test("a line has its text, its priority, and fields about its program", () => {
  assert.deepEqual(messages(Buffer.from("GET /\r\n")), [
    {
      ...{ PRIORITY: "6", MESSAGE: "GET /", SYSLOG_FACILITY: "3", SYSLOG_IDENTIFIER: "web" },
      ...{ SYSLOG_PID: "42", OBJECT_PID: "42" },
      ...{ TSV_PROGRAM: "web", TSV_GROUP: "web", TSV_CHANNEL: "stdout", TSV_PID: "42" },
    },
  ]);
  const [error] = messages(Buffer.from("oops\n"), {
    ...{ name: "w_1", group: "web", pid: 7, channel: "stderr" },
  });
  assert.equal(error?.["PRIORITY"], "3");
  assert.equal(error?.["SYSLOG_IDENTIFIER"], "web:w_1");
});

test("a line may name its priority, as services of systemd do", () => {
  const given = messages(Buffer.from("<4>careful\n<8>no\n<a>b\n<7\n<2>\n"));
  assert.deepEqual(
    given.map(({ PRIORITY, MESSAGE }) => `${PRIORITY} ${MESSAGE}`),
    ["4 careful", "6 <8>no", "6 <a>b", "6 <7"],
  );
});

test("empty lines are left out, and long ones come in pieces that say so", () => {
  const all = messages(Buffer.from(`\n\n${"x".repeat(LONGEST_PIECE)}<4>y\n`));
  assert.deepEqual(
    all.map(({ MESSAGE, TSV_PARTIAL, PRIORITY }) => [MESSAGE?.length, TSV_PARTIAL, PRIORITY]),
    [
      [LONGEST_PIECE, "true", "6"],
      [4, undefined, "6"],
    ],
  );
});

test("no output can add a field", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const keys = [...Object.keys(messages(Buffer.from("x\n"))[0] ?? {})];
      for (const message of messages(bytes)) assert.deepEqual(Object.keys(message), keys);
    }),
  );
});
