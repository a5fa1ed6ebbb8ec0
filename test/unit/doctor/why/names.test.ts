// Which process a name means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findNamed } from "../../../../src/doctor/why/explain.ts";

const WEB = { group: "web", name: "web" };
const ALL = [
  WEB,
  { group: "pool", name: "a" },
  { group: "pool", name: "b" },
  { group: "db", name: "main" },
];

const problem = (given: string, known = ALL): string => {
  const found = findNamed(given, known);
  assert.ok("problem" in found, JSON.stringify(found));
  return found.problem;
};

test("a name means the process that ctl shows under it, or the only one of a group", () => {
  assert.equal(findNamed("web", ALL), WEB);
  assert.equal(findNamed("web:web", ALL), WEB);
  assert.deepEqual(findNamed("pool:a", ALL), ALL[1]);
  assert.deepEqual(findNamed("db", ALL), ALL[3]);
  assert.deepEqual(findNamed("db:*", ALL), ALL[3]);
  assert.deepEqual(
    findNamed("b", ALL),
    ALL[2],
    "a group may be left out where only one can be meant",
  );
});

test("a group of several says which they are", () => {
  assert.equal(problem("pool"), "pool is a group of 2 programs; name one of them: pool:a, pool:b");
});

test("a name that there is not offers the near one, or says which there are", () => {
  assert.deepEqual(findNamed("wbe", ALL), { problem: "there is no program wbe", near: "web" });
  assert.equal(
    problem("zzzzzz"),
    "there is no program zzzzzz; known programs: web, pool:a, pool:b, db:main",
  );
  assert.equal(problem("x", [WEB]), "there is no program x; known program: web");
  assert.equal(problem("x", []), "there is no program x; there are no programs");
  const twice = [...ALL, { group: "other", name: "a" }];
  assert.equal(problem("a", twice), "a is ambiguous: pool:a, other:a");
});

test("the type of a Procfile leads to its programs", () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ group: name, name }));
  assert.deepEqual(findNamed("web", named("web.1", "worker.1", "worker.2")), {
    problem: "there is no program web",
    near: "web.1",
  });
  assert.deepEqual(findNamed("worker", named("web.1", "worker.1", "worker.2")), {
    problem: "the programs of worker are worker.1, worker.2; name one of them",
    near: null,
  });
});
