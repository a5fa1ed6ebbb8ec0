// Answers of the process that reads a configuration: round trips, and invalid input is refused.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConfigNotice, GroupConfig } from "../../../../src/core/config/model.ts";
import {
  AnswerReader,
  answerLines,
  BEGUN,
  type ReadAnswer,
} from "../../../../src/core/reader/answer.ts";
import { decodeReadRequest, encodeReadRequest } from "../../../../src/core/reader/request.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fc } from "../../../property.ts";
import { config, program } from "../snapshot/arbitrary.ts";

const anyText = fc.string({ unit: "binary", maxLength: 12 });
const whole = fc.nat();
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const notices: fc.Arbitrary<readonly ConfigNotice[]> = fc.array(
  fc.oneof(
    fc.record({ level: fc.constantFrom("CRIT" as const, "WARN" as const), text: anyText }),
    fc.record({
      ...{ level: fc.constant("INFO" as const), text: anyText },
      rule: fc.constant("include-skipped" as const),
    }),
  ),
  { maxLength: 3 },
);

const whole_config = fc.tuple(config, notices).map(([read, told]) => ({ ...read, notices: told }));

const answer: fc.Arbitrary<ReadAnswer> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant("config" as const), config: whole_config },
    reason: nullable(anyText),
    decided: fc.array(
      fc.record({ section: anyText, before: anyText, after: anyText, filed: anyText }),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    kind: fc.constant("refused" as const),
    refused: fc.record({
      fault: fc.constantFrom("BAD_NAME" as const, "FAILED" as const),
      text: anyText,
    }),
  }),
  fc.record({
    kind: fc.constant("options" as const),
    options: fc.array(
      fc.record({
        ...{ key: anyText, value: anyText },
        places: fc.array(fc.record({ file: anyText, line: whole, from: nullable(anyText) }), {
          maxLength: 2,
        }),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: fc.constant("programs" as const),
    programs: fc.record({ processes: fc.array(program, { maxLength: 3 }), notices }),
  }),
  fc.record({
    kind: fc.constant("problem" as const),
    error: fc.record({
      ...{ rule: fc.constantFrom("value" as const, "no-file" as const), text: anyText },
      ...{ file: nullable(anyText), line: nullable(whole), section: nullable(anyText) },
      key: nullable(anyText),
    }),
  }),
);

function take(
  lines: readonly string[],
  known: ReadonlyMap<string, GroupConfig> = new Map(),
): AnswerReader {
  const reader = new AnswerReader(known);
  for (const line of lines) reader.take(line);
  return reader;
}

/** A text of each group is its digest. @param known digests of groups that are not sent again */
function linesOf(made: ReadAnswer, known: readonly string[] = []): readonly string[] {
  const lines = [BEGUN, ...answerLines(made, new Set(known), (of) => JSON.stringify(of))];
  return lines.flatMap((each) => {
    assert.ok(each.endsWith("\n"));
    return each.slice(0, -1).split("\n");
  });
}

function groupOf(name: string, processes: readonly string[]): GroupConfig {
  return fakeGroupConfig(
    name,
    processes.map((each) => fakeProcessConfig(each)),
  );
}

describe("an answer", () => {
  it("is taken in as it was written, and is none before its end", () => {
    fc.assert(
      fc.property(answer, (made) => {
        const before = structuredClone(made);
        const lines = linesOf(before);
        assert.deepEqual(take(lines).answer, before);
        assert.equal(take(lines.slice(0, -1)).answer, null);
        assert.ok(take(lines.slice(0, 1)).hasBegun);
      }),
      { numRuns: 300 },
    );
  });

  it("does not send groups again that the daemon has, unless one of them has changed", () => {
    const read = (...groups: readonly GroupConfig[]): ReadAnswer => {
      return { kind: "config", config: fakeConfig(groups), reason: null, decided: [] };
    };
    const [one, two] = [groupOf("one", ["a", "b"]), groupOf("two", ["a"])];
    const first = take(linesOf(read(one, two)));
    assert.equal(first.digests.length, 2);
    const had = new Map(first.digests.map((digest, index) => [digest, [one, two][index] ?? one]));

    const changed = groupOf("two", ["a", "b"]);
    const lines = linesOf(read(one, changed), [...had.keys()]);
    assert.deepEqual(
      lines.map((each) => Object.keys(JSON.parse(each) as object)[0]),
      "begun config same group process process digest reason decided end".split(" "),
    );
    const again = take(lines, had);
    assert.deepEqual(again.answer, read(one, changed));
    assert.equal(again.answer?.kind === "config" ? again.answer.config.groups[0] : null, one);
    assert.equal(again.digests[0], first.digests[0]);
    assert.notEqual(again.digests[1], first.digests[1]);
    assert.throws(() => take(lines), /no group has this digest/);
  });

  it("is refused if it has another form", () => {
    for (const line of [
      "",
      "hello",
      "[]",
      "3",
      "{}",
      '{"group":{}}',
      '{"config":3}',
      '{"end2":1}',
    ]) {
      assert.throws(() => new AnswerReader(new Map()).take(line), Error, line);
    }
  });

  it("is nothing if it has an end and no beginning", () => {
    assert.equal(take(['{"end":true}']).answer, null);
  });
});

describe("a request", () => {
  it("is read as it was written", () => {
    const servers = config.map((made) => made.servers);
    const task = fc.oneof(
      fc.record({ kind: fc.constant("config" as const) }),
      fc.record({ kind: fc.constant("restart" as const), servers }),
      fc.record({
        kind: fc.constant("program" as const),
        program: fc.record({
          ...{ group: anyText, name: anyText },
          options: fc.dictionary(anyText, anyText, { maxKeys: 3 }),
        }),
        daemon: config.map((made) => made.daemon),
      }),
    );
    const words = fc.array(anyText);
    const request = fc.record({ program: anyText, words, cwd: anyText, known: words, task });
    fc.assert(
      fc.property(request, (made) => {
        const before = structuredClone(made);
        assert.deepEqual(decodeReadRequest(encodeReadRequest(before)), { ok: true, value: before });
      }),
    );
  });

  it("is refused if it has another form", () => {
    for (const text of ["", "{}", "[]", '{"program":"x"}']) {
      assert.equal(decodeReadRequest(text).ok, false, text);
    }
  });
});
