// Reading a daemon's answer about runs, also an invalid one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { readHistory, readPools } from "../../../../src/doctor/facts/answers.ts";
import { runsToAsk, worthAsking } from "../../../../src/doctor/facts/servers.ts";
import { fc } from "../../../property.ts";
import { NOW_S, status } from "../checks/programs/rig.ts";

test("an answer is read field by field; what is left out counts as nothing", () => {
  const told = readHistory({
    ...{ name: "web", group: "web", statename: "BACKOFF", next_start_ms: 1500, signals: [15] },
    runs: [
      {
        pid: 7,
        ending: "too-early",
        exitstatus: -1,
        signal: 9,
        core: true,
        uptime: 3e6,
        uptime_ms: 2 ** 31 - 1,
      },
    ],
  });
  assert.ok(told !== null);
  assert.deepEqual(
    [told.state, told.nextStartMs, told.signals, told.cause],
    ["BACKOFF", 1500, [15], ""],
  );
  const [run] = told.runs;
  assert.deepEqual([run?.exitStatus, run?.signal, run?.core, run?.upMs], [null, 9, true, 3e9]);
  assert.equal(readHistory({ statename: "FATAL", next_start_ms: -1 })?.nextStartMs, null);
});

test("anything else is no answer, and nothing throws", () => {
  assert.equal(readHistory("x"), null);
  assert.equal(readHistory([]), null);
  assert.equal(readPools({}), null);
  const anything = fc.jsonValue().filter((value) => value !== null) as fc.Arbitrary<XmlRpcValue>;
  fc.assert(
    fc.property(anything, (value) => {
      readHistory(value);
      readHistory({ statename: "FATAL", runs: [value], signals: [value] });
      readPools([value]);
    }),
  );
});

test("programs that run well for long are not asked about, unless one is meant", () => {
  const old = status({ name: "old", group: "old", start: NOW_S - 7200 });
  const young = status({ name: "young", group: "young", start: NOW_S - 60 });
  const off = status({ name: "off", group: "off", state: "STOPPED", start: 0 });
  const down = status({ name: "a", group: "pool", state: "FATAL" });
  const all = [old, young, off, down];
  assert.deepEqual(worthAsking(all), ["young:young", "pool:a"]);
  assert.deepEqual(worthAsking(all, "old"), ["old:old"]);
  assert.deepEqual(worthAsking(all, "pool"), ["pool:a"]);
  assert.deepEqual(worthAsking(all, "pool:a"), ["pool:a"]);
  assert.equal(worthAsking(Array.from({ length: 900 }, () => down)).length, 200);
});

test("the first server that listed programs is asked for their runs", () => {
  const question = (url: string) => ({ section: "x", url, credentials: null });
  const daemon = { pid: 1, version: "", isTsv: true, identification: "", stateName: "RUNNING" };
  const answer = (url: string) => ({
    answer: {
      ...({ section: "x", url, kind: "answers", detail: "" } as const),
      daemon: { ...daemon, methods: [url] },
    },
    known: null,
  });
  const down = status({ name: "a", group: "pool", state: "FATAL" });
  const questions = [question("one"), question("two")];
  const silent = { ...answer("one"), programs: null };
  const telling = { ...answer("two"), programs: [down] };
  assert.deepEqual(runsToAsk(questions, [silent, telling], null), {
    question: questions[1],
    methods: ["two"],
    names: ["pool:a"],
  });
  assert.deepEqual(runsToAsk(questions, [silent, telling], "other")?.names, []);
  assert.equal(runsToAsk(questions, [silent, silent], null), null);
});
