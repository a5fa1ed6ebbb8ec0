// Ctrl-R and Ctrl-W of the line editor.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type EditorKey,
  ReverseSearch,
  type SearchView,
  withoutWord,
} from "../../../../src/host/terminal/line-editor.ts";

const HISTORY = ["status", "restart web:b", "tail web:b", "start web:a"];
const CTRL_R: EditorKey = { name: "r", ctrl: true };

function typed(search: ReverseSearch, text: string): SearchView {
  let { view } = search;
  for (const character of text) view = search.press(character, { name: character });
  return view;
}

test("letters find the newest line that has them, and Ctrl-R the one before", () => {
  const search = new ReverseSearch(HISTORY, "");
  assert.deepEqual(typed(search, "web"), {
    kind: "search",
    prompt: "(reverse-i-search)'web': ",
    line: "restart web:b",
    at: 8,
  });
  assert.equal(search.press("", CTRL_R).line, "tail web:b");
  assert.equal(typed(search, ":a").line, "start web:a");
});

test("a failed search keeps the line, and reports it", () => {
  const search = new ReverseSearch(HISTORY, "half");
  typed(search, "tail");
  const view = search.press("", CTRL_R);
  assert.deepEqual(
    [view.kind === "search" && view.prompt, view.line],
    ["(failed reverse-i-search)'tail': ", "tail web:b"],
  );
  const back = search.press("", { name: "backspace" });
  assert.deepEqual([back.kind === "search" && back.prompt], ["(reverse-i-search)'tai': "]);
});

test("Return accepts the line, other keys edit it, Ctrl-G restores the old one", () => {
  const over = (key: EditorKey, text = ""): unknown => {
    const search = new ReverseSearch(HISTORY, "half");
    typed(search, "tail");
    const view = search.press(text, key);
    return view.kind === "over" ? [view.line, view.passes] : view.kind;
  };
  assert.deepEqual(over({ name: "return" }, "\r"), ["tail web:b", true]);
  assert.deepEqual(over({ name: "left" }), ["tail web:b", true]);
  assert.deepEqual(over({ name: "escape" }, "\u001b"), ["tail web:b", false]);
  assert.deepEqual(over({ name: "g", ctrl: true }, "\u0007"), ["half", false]);
});

test("Ctrl-W removes up to a blank", () => {
  for (const [line, cursor, expected] of [
    ["start web:a", 11, ["start ", 6]],
    ["start web:a ", 12, ["start ", 6]],
    ["start web:a b", 11, ["start  b", 6]],
    ["", 0, ["", 0]],
  ] as const) {
    const { line: left, at } = withoutWord(line, cursor);
    assert.deepEqual([left, at], expected);
  }
});
