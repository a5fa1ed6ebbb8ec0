// Dependencies as the page of a program shows them: trees, limits, and callers that do not see all programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ANOTHER, withoutOthers } from "../../../../src/core/access/other-programs.ts";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import {
  dependencyView,
  isInTree,
  type SeenProcess,
} from "../../../../src/core/web/dependency-view.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";

function seen(
  name: string,
  needs: Readonly<Record<string, "running" | "ready" | "completed">> = {},
  over: Partial<ProcessConfig> = {},
  group = name,
): SeenProcess {
  const dependsOn = Object.entries(needs).map(([each, condition]) => ({ name: each, condition }));
  const config = fakeProcessConfig(name, { dependsOn, ...over });
  return { key: processKey(group, name), group, config, state: "RUNNING" };
}

test("a program shows what it needs, what that needs, and what needs it, with states and links", () => {
  const db: SeenProcess = { ...seen("db", { disk: "running" }), state: "FATAL" };
  const web = seen("web", { db: "ready", migrate: "completed" });
  const all = [
    seen("disk"),
    db,
    seen("migrate", { db: "ready" }),
    web,
    seen("front", {}, { restartWith: ["web"] }),
  ];
  const view = dependencyView(web, all, true);
  assert.deepEqual(
    view.needs.map(({ condition, members }) => [condition, members.map(({ label }) => label)]),
    [
      ["ready", ["db"]],
      ["completed", ["migrate"]],
    ],
  );
  const [first, second] = view.needs;
  assert.deepEqual(first?.members[0], {
    ...{ label: "db", quoted: "db", state: "fatal", stateClass: "statuserror" },
  });
  assert.deepEqual(
    first?.needs.map(({ members }) => members[0]?.label),
    ["disk"],
  );
  const [again] = second?.needs ?? [];
  assert.deepEqual([again?.isRepeated, again?.needs], [true, []]);
  assert.deepEqual(
    view.dependents.map(({ label }) => label),
    ["front"],
  );
  const inTree = all.filter((each) => isInTree(each, web, view.names));
  assert.deepEqual(
    inTree.map(({ config }) => config.name),
    ["disk", "db", "migrate", "front"],
  );
  assert.equal(view.isEmpty, false);
  assert.equal(dependencyView(seen("alone"), all, true).isEmpty, true);
});

test("programs that the caller does not see have no name, in the tree or in the configuration", () => {
  const web = seen("web", { vault: "ready", db: "running" }, { restartWith: ["hidden"] });
  const all = [web, seen("db")];
  const view = dependencyView(web, all, false);
  assert.doesNotMatch(JSON.stringify(view.needs), /vault|hidden/);
  assert.deepEqual(
    view.needs.map(({ absent }) => absent),
    [ANOTHER, "", ANOTHER],
  );
  assert.doesNotMatch(JSON.stringify(withoutOthers(web.config, all)), /vault|hidden/);
  // A caller that sees all of them learns which one is missing.
  assert.match(JSON.stringify(dependencyView(web, all, true)), /vault \(not found\)/);
});

test("chains, groups and programs with many dependents are bounded", () => {
  const chain = Array.from({ length: 30 }, (_, index) =>
    seen(`p${index}`, { [`p${index + 1}`]: "running" }),
  );
  const deep = dependencyView(chain[0] ?? seen("x"), chain, true);
  assert.equal(deep.isCut, true);
  assert.equal(deep.names.size, 8);
  const wide = seen(
    "wide",
    Object.fromEntries(chain.map(({ config }) => [config.name, "running"])),
  );
  assert.ok(dependencyView(wide, [...chain, wide], true).needs.length <= 60);
  const pool = Array.from({ length: 20 }, (_, index) => seen(`w${index}`, {}, {}, "pool"));
  const one = seen("one", { "pool:*": "running" });
  const [need] = dependencyView(one, [...pool, one], true).needs;
  assert.deepEqual([need?.members.length, need?.more], [8, "and 12 more"]);
  const many = Array.from({ length: 50 }, (_, index) => seen(`d${index}`, { one: "running" }));
  const needed = dependencyView(one, [...many, one], true);
  assert.deepEqual([needed.dependents.length, needed.moreDependents], [40, "and 10 more"]);
});
