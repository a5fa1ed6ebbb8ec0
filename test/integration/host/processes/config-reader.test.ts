// Readings by another process, which a function stands for: what was read before is not sent again.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupConfig } from "../../../../src/core/config/model.ts";
import { answerLines, BEGUN } from "../../../../src/core/reader/answer.ts";
import { decodeReadRequest } from "../../../../src/core/reader/request.ts";
import { createConfigReader } from "../../../../src/host/processes/config-reader.ts";
import { readUnnamed } from "../../../../src/host/upgrade/unnamed-file.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";

const EXITED = {
  ...{ pid: 1, exitCode: 0, signal: null, coreDumped: false },
  ...{ userMicros: 0, systemMicros: 0, maxRssKb: 0 },
};

/** A reader of files that contain `groups`. `sent` receives the members of the lines of each answer. */
function readerOf(groups: GroupConfig[], sent: string[] = []) {
  return createConfigReader({
    calling: { program: "supervisord", words: [], cwd: "/" },
    helpers: {
      async run({ descriptors, output }) {
        const request = decodeReadRequest(readUnnamed(Number(descriptors[0]?.source)));
        assert.ok(request.ok);
        const config = structuredClone(fakeConfig(groups));
        const answer = { kind: "config", config, reason: null, decided: [] } as const;
        const known = new Set(request.value.known);
        const text = [BEGUN, ...answerLines(answer, known, (group) => JSON.stringify(group))].join(
          "",
        );
        sent.push(...text.trim().split("\n").map(memberOf));
        output?.(Buffer.from(text));
        return { stdout: "", stderr: "", death: EXITED };
      },
    },
  });
}

function memberOf(line: string): string {
  return Object.keys(JSON.parse(line) as object)[0] ?? "";
}

test("a group that was read before is neither sent again nor another object", async () => {
  const files = ["a", "b", "c"].map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)]));
  const sent: string[] = [];
  const reader = readerOf(files, sent);
  const atStart = fakeConfig(structuredClone(files));
  const first = await reader.read(atStart);
  assert.ok(first.ok);
  assert.equal(sent.filter((member) => member === "process").length, 3);
  for (const [index, group] of atStart.groups.entries())
    assert.equal(first.value.groups[index], group, "the daemon has one object for it");

  files[1] = fakeGroupConfig("b", [fakeProcessConfig("b", { command: "/bin/other" })]);
  sent.length = 0;
  const second = await reader.read(first.value);
  assert.ok(second.ok);
  assert.equal(sent.filter((member) => member === "process").length, 1);
  assert.equal(second.value.groups[0], atStart.groups[0]);
  assert.deepEqual(second.value.groups[1], files[1]);
  assert.equal(second.value.groups[2], atStart.groups[2]);

  const [, changed, ...others] = files;
  files.splice(0, files.length, ...others, ...(changed === undefined ? [] : [changed]));
  sent.length = 0;
  const third = await reader.decide(
    { name: "b", key: "enabled", value: "true", since: "" },
    second.value,
  );
  assert.ok(third.ok);
  assert.equal(sent.includes("process"), false);
  assert.deepEqual(third.value.config.groups, [second.value.groups[2], second.value.groups[1]]);
});
