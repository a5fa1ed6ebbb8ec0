// What keys of top do.

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import type { TopState } from "../../../../src/ctl/top/model.ts";
import { press } from "../../../../src/ctl/top/press.ts";
import { program, stateWith } from "./programs.ts";

const A = program("a", { cpu: 1, state: "RUNNING" });
const B = program("b", { cpu: 9, state: "FATAL", memory: null });
const C = program("c", { cpu: 5, state: "STOPPED" });

/** The state after keys, and the last request. */
function after(state: TopState, ...keys: readonly string[]) {
  let request: ReturnType<typeof press>["request"] = null;
  for (const key of keys) ({ state, request } = press(state, key));
  return { state, request };
}

const table = stateWith([A, B, C]);

test("an action is done after a question, and only after yes", () => {
  for (const [key, action] of [
    ["s", "start"],
    ["x", "stop"],
    ["r", "restart"],
  ] as const) {
    const asked = after(table, "down", key);
    assert.deepEqual(asked.state.prompt, { kind: "confirm", action, name: "b" });
    assert.equal(asked.request, null);
    assert.deepEqual(after(asked.state, "y").request, { kind: "act", action, name: "b" });
    for (const no of ["n", "enter", "escape", " ", "q"]) {
      const { state, request } = after(asked.state, no);
      assert.deepEqual([request, state.prompt, state.message], [null, null, "nothing was done"]);
    }
  }
});

test("a user without the permission is told so instead of a question", () => {
  const denied = "not permitted: this needs the role operate";
  const { state, request } = after(stateWith([A], { denied }), "x");
  assert.deepEqual([request, state.prompt], [null, null]);
  assert.equal(state.message, `cannot stop a: ${denied}`);
  assert.equal(after(stateWith([A], { denied }), "w").request?.kind, "read");
});

test("sorting by the next column keeps the selected program", () => {
  const { state } = after(table, "down", ">", ">");
  assert.deepEqual([state.order, state.selected], ["cpu", "b:b"]);
  assert.deepEqual(after(state, "up", "x").state.prompt, {
    ...{ kind: "confirm", action: "stop", name: "b" },
  });
  assert.equal(after(state, "down").state.selected, "c:c");
  assert.equal(after(state, "R", "down").state.selected, "b:b");
});

test("the filter applies while it is typed, Enter keeps it and Esc removes it", () => {
  const typed = after(table, "/", "F", "a", "t").state;
  assert.equal(typed.filter, "Fat");
  assert.deepEqual(after(typed, "enter", "x").state.prompt, {
    ...{ kind: "confirm", action: "stop", name: "b" },
  });
  assert.equal(after(typed, "enter", "escape").state.filter, "");
  assert.equal(after(typed, "escape").state.filter, "");
  assert.equal(after(typed, "q").request, null);
});

test("without programs no key asks for one", () => {
  for (const key of ["s", "x", "r", "w", "l", "enter", "up", "end"]) {
    const { state, request } = after(stateWith([]), key);
    assert.deepEqual([request, state.prompt, state.text], [null, null, null], key);
  }
});

test("q and Ctrl-C leave; in a text, q returns to the table and Ctrl-C leaves", () => {
  assert.deepEqual(after(table, "q").request, { kind: "quit" });
  assert.deepEqual(after(table, "l", "ctrl-c").request, { kind: "quit" });
  assert.deepEqual(after(table, "l", "q").state.text, null);
});

test("t asks for dependencies, and shows each program once below those that need it", () => {
  assert.deepEqual(after(table, "t").request, { kind: "tree" });
  assert.deepEqual(after(table, "t", "t").state.tree, null);
});

describe("in a log", () => {
  const source = { kind: "log", name: "a", channel: "stdout" } as const;
  const lines = Array.from({ length: 100 }, (_, index) => (index % 40 === 5 ? "an Error" : "fine"));
  const log = stateWith([A], { text: { source, lines, from: null, search: "" } });
  const from = (...keys: readonly string[]): number | null | undefined =>
    after(log, ...keys).state.text?.from;

  it("moves, and follows again at the end", () => {
    assert.equal(from("up"), 77);
    assert.equal(from("up", "down"), null);
    assert.equal(from("page-up"), 56);
    assert.equal(from("home"), 0);
    assert.equal(from("home", "end"), null);
  });

  it("searches towards the beginning, and from the end again", () => {
    const search = ["/", "e", "r", "r", "enter"];
    assert.equal(from(...search, "N", "N"), 5);
    assert.equal(from(...search, "N", "N", "n"), 45);
    assert.equal(after(log, "/", "z", "z", "enter").state.message, "not found: zz");
    assert.equal(from("/", "e", "escape"), null);
  });

  it("changes to the other log", () => {
    assert.deepEqual(after(log, "e").request, {
      ...{ kind: "read", source: { kind: "log", name: "a", channel: "stderr" } },
    });
  });
});
