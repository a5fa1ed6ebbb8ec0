// Reading a daemon's answers, also invalid ones, and whose runs are queried.

import assert from "node:assert/strict";
import { test } from "node:test";
import { double, type XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { readFailing, readPools, readPrograms } from "../../../../src/doctor/facts/answers.ts";
import { runsToAsk, worthAsking } from "../../../../src/doctor/facts/servers.ts";
import { fc } from "../../../property.ts";
import { NOW_S, status } from "../checks/programs/rig.ts";

test("what is no list of pools is none, and nothing throws", () => {
  assert.equal(readPools({}), null);
  const anything = fc.jsonValue().filter((value) => value !== null) as fc.Arbitrary<XmlRpcValue>;
  fc.assert(fc.property(anything, (value) => void readPools([value])));
});

test("a receiver fails while its last message failed", () => {
  const receiver = { name: "ops", target: "mail to root", last_text: "exit status 75", waiting: 2 };
  const answer = [
    { ...receiver, failing_since_ms: double(5000) },
    { ...receiver, failing_since_ms: double(0) },
    receiver,
  ];
  assert.deepEqual(readFailing(answer), [
    { name: "ops", target: "mail to root", error: "exit status 75", sinceMs: 5000, waiting: 2 },
  ]);
  assert.equal(readFailing(null), null);
});

test("a spawn error does not show the value of a variable that stands before a command", () => {
  const info = { group: "a", name: "a", spawnerr: "can't find command 'PASSWORD=hunter22'" };
  const [program] = readPrograms([info]) ?? [];
  assert.match(program?.spawnError ?? "", /^can't find command 'PASSWORD=<redacted>/);
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
  const daemon = { pid: 1, version: "", isTsv: true, stateName: "RUNNING" };
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
