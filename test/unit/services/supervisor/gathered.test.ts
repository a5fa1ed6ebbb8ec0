// What programs keep of env_file and env_command: equal variables once, and no program takes the room of others.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EnvVariable } from "../../../../src/core/environment/env-file.ts";
import { type Gathered, NOTHING_GATHERED } from "../../../../src/core/environment/layers.ts";
import { GatheredVariables } from "../../../../src/services/supervisor/gathered.ts";
import { FakeEnvironmentSources } from "../../../fakes/environment-sources.ts";

const ROOM = 10_000;

/** Milliseconds. */
let now = 0;

function rig(): { readonly sources: FakeEnvironmentSources; readonly store: GatheredVariables } {
  const sources = new FakeEnvironmentSources();
  return { sources, store: new GatheredVariables(sources, () => now, ROOM) };
}

async function filesOf(store: GatheredVariables, ...paths: string[]): Promise<Gathered["files"]> {
  const read = await store.read(paths.map((path) => ({ path, isOptional: false })));
  assert.ok(read.ok);
  return read.value;
}

/** The output of a command that takes about so many bytes. */
function output(bytes: number, name = "A"): Gathered {
  const command: readonly EnvVariable[] = [{ name, value: "x".repeat(bytes - 151), line: 1 }];
  return { ...NOTHING_GATHERED, command };
}

test("starts at the same time share one read, and later ones the variables if they are equal", async () => {
  const { sources, store } = rig();
  sources.files.set("/e", { text: "A=1\n" });
  const [[first], [second]] = await Promise.all([filesOf(store, "/e"), filesOf(store, "/e")]);
  const [third] = await filesOf(store, "/e");
  assert.equal(first?.variables, second?.variables);
  assert.equal(first?.variables, third?.variables);
  sources.files.set("/e", { text: "A=2\n" });
  const [changed] = await filesOf(store, "/e");
  assert.notEqual(first?.variables, changed?.variables);
});

test("outputs of one source are shared if they are equal", () => {
  const { store } = rig();
  const lists = [1, 2].map(() => store.shared("command web", [{ name: "A", value: "1", line: 1 }]));
  assert.equal(lists[0], lists[1]);
});

test("a program keeps at most half, and leaves room for others", () => {
  const { store } = rig();
  const kept = Array.from({ length: 20 }, (_, n) => store.keep("large", output(1000, `A${n}`)));
  assert.equal(kept.filter(Boolean).length, 5);
  assert.ok(store.keep("small", output(1000)));
  assert.ok(store.keep("none", NOTHING_GATHERED));
});

test("equal variables count once, until the last program has dropped them", () => {
  const { store } = rig();
  const shared = output(4000);
  for (let n = 0; n < 100; n += 1) assert.ok(store.keep("web", shared));
  assert.ok(store.keep("other", output(2500)));
  for (let n = 0; n < 100; n += 1) store.drop(shared);
  assert.ok(store.keep("other", output(2500)), "all is free but what other has");
});

test("what is dropped was counted as it was kept", () => {
  const { store } = rig();
  for (let n = 0; n < 100; n += 1) {
    const one = output(5000);
    assert.ok(store.keep("web", one), `round ${n}`);
    store.drop(one);
  }
});

test("a read that has no answer for five seconds is not waited for by later starts", async () => {
  const { sources, store } = rig();
  sources.hold = new Promise(() => {});
  void filesOf(store, "/e");
  sources.hold = null;
  sources.files.set("/e", { text: "A=1\n" });
  now += 5000;
  assert.equal((await filesOf(store, "/e"))[0]?.variables[0]?.value, "1");
});
