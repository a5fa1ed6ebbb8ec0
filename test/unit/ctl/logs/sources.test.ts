// Which logs `tsv logs` reads, and which of them may be missing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { type LogChannel, logsOf } from "../../../../src/ctl/logs/log-reader.ts";

function logs(
  isNamed: boolean,
  channel: LogChannel | null,
  { stdoutLog = "", stderrLog = "" }: Partial<ProcessRow> = {},
): string[] {
  const row = { group: "a", name: "a", stdoutLog, stderrLog } as ProcessRow;
  return logsOf({ name: "a", isNamed }, [row], channel).map(
    ({ name, channel: of, isRequired, isKnown }) =>
      `${name} ${of}${isRequired && !isKnown ? " must be there" : ""}`,
  );
}

test("a program has the logs that the daemon names", () => {
  assert.deepEqual(logs(true, null, { stdoutLog: "/o", stderrLog: "/e" }), [
    "a stdout",
    "a stderr",
  ]);
});

test("a missing log is an error only of a program that was named", () => {
  assert.deepEqual(logs(true, null), ["a stdout must be there"]);
  assert.deepEqual(logs(false, null), ["a stdout"]);
  assert.deepEqual(logs(true, "stderr"), ["a stderr must be there"]);
  assert.deepEqual(logs(false, "stderr"), ["a stderr"]);
  // It may have no file yet, with and without its channel.
  assert.deepEqual(logs(true, "stdout", { stdoutLog: "/o" }), ["a stdout"]);
  assert.deepEqual(logs(true, null, { stdoutLog: "/o" }), ["a stdout"]);
});
