// The document of a snapshot: round trips, and errors that name their place.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { CHANNEL } from "../../../../src/core/config/options/channel.ts";
import { DAEMON } from "../../../../src/core/config/options/daemon.ts";
import type { OptionTable } from "../../../../src/core/config/options/entry.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { decodeHandover, encodeHandover } from "../../../../src/core/handover/document.ts";
import type { Handover } from "../../../../src/core/handover/model.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeHandover, throughDocument } from "../../../fakes/handover.ts";
import { fc } from "../../../property.ts";
import { handover } from "./arbitrary.ts";

type Document = { format: unknown; groups: unknown; body: Record<string, unknown> };

/** A document in which something was changed. */
function changed(change: (document: Document) => void): string {
  const document = JSON.parse(encodeHandover(fakeHandover())) as Document;
  change(document);
  return JSON.stringify(document);
}

function problemOf(document: string): string {
  const decoded = decodeHandover(document);
  assert.ok(!decoded.ok, "it was read");
  return decoded.error;
}

describe("the document", () => {
  it("contains everything, and nothing else", () => {
    fc.assert(
      fc.property(handover, (made) => {
        // fast-check makes objects without a prototype too, which is not what this is about.
        const before = structuredClone(made);
        assert.deepEqual(throughDocument(before), before);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps configurations that are one object one object", () => {
    const group = fakeGroupConfig(
      "web",
      ["one", "two"].map((name) => fakeProcessConfig(name)),
    );
    const config = fakeConfig([group]);
    const keys = group.processes.map(({ name }) => processKey("web", name));
    const records = group.processes.map((program, index) => ({
      key: keys[index] ?? processKey("web", ""),
      group: "web",
      config: program,
      state: NEVER_STARTED,
      runs: NO_RUNS,
    }));
    const before: Handover = fakeHandover({
      config,
      current: config,
      supervision: {
        mood: "RUNNING",
        groups: new Map([["web", { config: group, keys }]]),
        processes: new Map(records.map((record) => [record.key, record])),
        pids: new Map(),
        ...{ queued: new Map(), looking: new Map(), stopPlan: null },
        ...{ programs: new Map(), dependents: new Map(), held: new Map() },
        witnesses: new Map(),
        schedules: new Map(),
        rules: { exitOn: "any", shutdownGrace: 10 },
        ending: null,
      },
    });
    const { current, config: first, supervision } = throughDocument(before);
    const after = current.groups[0];
    assert.equal(first.groups[0], after);
    assert.equal(supervision.groups.get("web")?.config, after);
    for (const [index, record] of [...supervision.processes.values()].entries()) {
      assert.equal(record.config, after?.processes[index]);
    }
  });

  it("is refused in a format that is not known, with the version that wrote it", () => {
    assert.equal(
      problemOf(changed((document) => Object.assign(document, { format: 2 }))),
      "the running daemon of tsv 1.2.3 writes its snapshot in format 2, and this version knows only format 1",
    );
  });

  it("may hold members that this version does not know", () => {
    const document = changed(({ body }) => Object.assign(body, { moods: ["merry"] }));
    assert.ok(decodeHandover(document).ok);
  });

  it("of a version that lacked an option of tsv's own has its default", () => {
    const own = (table: OptionTable): readonly string[] =>
      Object.keys(table).filter((field) => table[field]?.isOwn === true);
    const config = fakeConfig([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
    const without = (value: unknown): unknown => {
      if (typeof value !== "object" || value === null) return value;
      if (Array.isArray(value)) return value.map(without);
      const lacking = new Set([PROGRAM, CHANNEL, DAEMON].flatMap(own));
      const members = Object.entries(value).filter(([name]) => !lacking.has(name));
      return Object.fromEntries(members.map(([name, member]) => [name, without(member)]));
    };
    const older = JSON.stringify(
      without(JSON.parse(encodeHandover(fakeHandover({ config, current: config })))),
    );
    assert.ok(!/orphans|flushSecs|"tty"/.test(older));
    const decoded = decodeHandover(older);
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.error);
    assert.deepEqual(decoded.value.config, config);
  });

  for (const [what, change, problem] of [
    ["a member is missing", ({ body }) => delete body["pidfile"], /body\.pidfile .* not nothing$/],
    ["a member is of another kind", ({ body }) => (body["id"] = "one"), /body\.id .* not "one"$/],
    ["a number is none", ({ body }) => (body["id"] = -1), /body\.id should be a whole number/],
    [
      "a part within is wrong",
      ({ body }) => (body["children"] = [{ key: "a:b", pid: 1, stdin: null, unread: ["?"] }]),
      /body\.children\[0\]\.unread\[0\] should be base64/,
    ],
    [
      "a kind is unknown",
      ({ groups }) => (groups as unknown[]).push({ kind: "choir" }),
      /groups\[0\]\.kind should be program or fcgi or eventlistener, not "choir"/,
    ],
  ] as readonly (readonly [string, (document: Document) => unknown, RegExp])[]) {
    it(`is refused when ${what}`, () => {
      assert.match(problemOf(changed(change)), problem);
    });
  }

  it("is refused when it was cut off, or never was one", () => {
    const whole = encodeHandover(fakeHandover());
    for (const text of ["", "null", "[]", "{}", whole.slice(0, -2)]) {
      assert.equal(decodeHandover(text).ok, false, text.slice(0, 10));
    }
  });

  it("never throws, whatever is changed in it", () => {
    const json = fc.jsonValue();
    const whole = JSON.parse(encodeHandover(fakeHandover())) as Document;
    const member = fc.constantFrom(...Object.keys(whole.body));
    fc.assert(
      fc.property(member, json, (name, value) => {
        decodeHandover(JSON.stringify({ ...whole, body: { ...whole.body, [name]: value } }));
      }),
    );
  });
});
