// The snapshot as JSON: round trips, and errors that name their place.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
} from "../../../../src/core/snapshot/snapshot.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeSnapshot, throughJson } from "../../../fakes/snapshot.ts";
import { fc } from "../../../property.ts";
import { snapshot } from "./arbitrary.ts";

type Document = { format: unknown; groups: unknown; body: Record<string, unknown> };

/** A document in which something was changed. */
function changed(change: (document: Document) => void): string {
  const document = JSON.parse(encodeSnapshot(fakeSnapshot())) as Document;
  change(document);
  return JSON.stringify(document);
}

function problemOf(document: string): string {
  const decoded = decodeSnapshot(document);
  assert.ok(!decoded.ok, "it was read");
  return decoded.error;
}

describe("a snapshot", () => {
  it("contains everything, and nothing else", () => {
    fc.assert(
      fc.property(snapshot, (made) => {
        // fast-check makes objects without a prototype too, which is not what this is about.
        const before = structuredClone(made);
        assert.deepEqual(throughJson(before), before);
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
      exit: null,
    }));
    const before: Snapshot = fakeSnapshot({
      config,
      current: config,
      supervision: {
        daemonState: "RUNNING",
        groups: new Map([["web", { config: group, keys, next: null }]]),
        processes: new Map(records.map((record) => [record.key, record])),
        pids: new Map(),
        ...{ queued: new Map(), resolving: new Map(), stopPlan: null },
        ...{ programs: new Map(), dependents: new Map(), held: new Map() },
        upcoming: new Map(),
        ...{ schedules: new Map(), pending: new Map() },
        rules: { exitOn: "any", shutdownGrace: 10 },
        ending: null,
      },
    });
    const { current, config: first, supervision } = throughJson(before);
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
    assert.ok(decodeSnapshot(document).ok);
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
    const whole = encodeSnapshot(fakeSnapshot());
    for (const text of ["", "null", "[]", "{}", whole.slice(0, -2)]) {
      assert.equal(decodeSnapshot(text).ok, false, text.slice(0, 10));
    }
  });

  it("never throws, whatever is changed in it", () => {
    const json = fc.jsonValue();
    const whole = JSON.parse(encodeSnapshot(fakeSnapshot())) as Document;
    const member = fc.constantFrom(...Object.keys(whole.body));
    fc.assert(
      fc.property(member, json, (name, value) => {
        decodeSnapshot(JSON.stringify({ ...whole, body: { ...whole.body, [name]: value } }));
      }),
    );
  });
});
