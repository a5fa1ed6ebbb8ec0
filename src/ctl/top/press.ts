// What a key does: to the state, and what it asks of the daemon. Pure.

import { edited, type Key } from "../live/keys.ts";
import {
  type LogSource,
  ORDERS,
  type Request,
  type TextSource,
  type TextView,
  type TopAction,
  type TopState,
} from "./model.ts";
import { rowsOf, selectedIndex } from "./rows.ts";
import { foldedLines, HELP, lastFrom, matchingRow, pageOf } from "./screen.ts";

interface Pressed {
  readonly state: TopState;
  readonly request: Request | null;
}

const only = (state: TopState): Pressed => ({ state, request: null });

export function press(before: TopState, key: Key): Pressed {
  const state = { ...before, message: "" };
  if (key === "ctrl-c") return { state, request: { kind: "quit" } };
  if (state.prompt !== null) return pressInPrompt(state, state.prompt, key);
  return state.text === null ? pressInTable(state, key) : pressInText(state, state.text, key);
}

const ACTIONS: Readonly<Record<Key, TopAction>> = { s: "start", x: "stop", r: "restart" };

function pressInTable(state: TopState, key: Key): Pressed {
  const rows = rowsOf(state);
  const at = selectedIndex(rows, state);
  const select = (index: number): Pressed => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    return only({ ...state, selected: row?.program.key ?? null });
  };
  const name = rows[at]?.program.name ?? null;
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
  if (action !== undefined) return ask(state, action, name);
  switch (key) {
    case "q":
    case "ctrl-d":
      return { state, request: { kind: "quit" } };
    case "up":
    case "k":
      return select(at - 1);
    case "down":
    case "j":
      return select(at + 1);
    case "page-up":
      return select(at - pageOf(state));
    case "page-down":
    case " ":
      return select(at + pageOf(state));
    case "home":
    case "g":
      return select(0);
    case "end":
    case "G":
      return select(rows.length - 1);
    case "<":
    case "left":
      return only(sorted(state, -1));
    case ">":
    case "right":
      return only(sorted(state, 1));
    case "R":
      return only({ ...state, isReversed: !state.isReversed });
    case "/":
      return only({ ...state, prompt: { kind: "filter", text: state.filter } });
    case "escape":
      return only({ ...state, filter: "" });
    case "t":
      return state.tree === null
        ? { state: { ...state, tree: [] }, request: { kind: "tree" } }
        : only({ ...state, tree: null });
    case "?":
    case "h":
      return only({ ...state, text: textOf({ kind: "help" }, HELP) });
    case "l":
    case "enter":
      return read(state, name, (known) => ({ kind: "log", name: known, channel: "stdout" }));
    case "w":
      return read(state, name, (known) => ({ kind: "why", name: known }));
    default:
      return only(state);
  }
}

function ask(state: TopState, action: TopAction, name: string | null): Pressed {
  if (name === null) return only(state);
  return state.denied === null
    ? only({ ...state, prompt: { kind: "confirm", action, name } })
    : only({ ...state, message: `cannot ${action} ${name}: ${state.denied}` });
}

function read(
  state: TopState,
  name: string | null,
  sourceOf: (name: string) => TextSource,
): Pressed {
  if (name === null) return only(state);
  const source = sourceOf(name);
  return { state: { ...state, text: textOf(source, []) }, request: { kind: "read", source } };
}

function textOf(source: TextSource, lines: readonly string[]): TextView {
  return { source, lines, from: source.kind === "log" ? null : 0, search: "" };
}

/** A column to the left or right; a tree has no order. */
function sorted(state: TopState, step: number): TopState {
  const at = ORDERS.indexOf(state.order) + step + ORDERS.length;
  const order = ORDERS[at % ORDERS.length] ?? "name";
  return { ...state, tree: null, order, isReversed: false, message: `sorted by ${order}` };
}

function pressInPrompt(
  state: TopState,
  prompt: NonNullable<TopState["prompt"]>,
  key: Key,
): Pressed {
  const done = { ...state, prompt: null };
  if (prompt.kind === "confirm") {
    const { action, name } = prompt;
    if (key !== "y" && key !== "Y") return only({ ...done, message: "nothing was done" });
    return {
      state: { ...done, message: `${action} ${name} ...` },
      request: { kind: "act", action, name },
    };
  }
  if (prompt.kind === "filter") {
    if (key === "enter") return only(done);
    if (key === "escape") return only({ ...done, filter: "" });
    const text = edited(prompt.text, key);
    return only({ ...state, prompt: { ...prompt, text }, filter: text });
  }
  if (key === "escape" || state.text === null) return only(done);
  if (key !== "enter")
    return only({ ...state, prompt: { ...prompt, text: edited(prompt.text, key) } });
  return only(found({ ...done, text: { ...state.text, search: prompt.text } }, -1));
}

function pressInText(state: TopState, text: TextView, key: Key): Pressed {
  const last = lastFrom(state, text);
  const page = pageOf(state);
  const at = text.from ?? last;
  const move = (from: number): Pressed => {
    const isEnd = from >= last && text.source.kind === "log";
    const kept = Math.max(0, Math.min(last, from));
    return only({ ...state, text: { ...text, from: isEnd ? null : kept } });
  };
  const { source } = text;
  switch (key) {
    case "q":
    case "escape":
    case "ctrl-d":
    case "left":
      return only({ ...state, text: null });
    case "up":
    case "k":
      return move(at - 1);
    case "down":
    case "j":
    case "enter":
      return move(at + 1);
    case "page-up":
    case "b":
      return move(at - page);
    case "page-down":
    case " ":
      return move(at + page);
    case "home":
    case "g":
      return move(0);
    case "end":
    case "G":
      return move(last);
    case "/":
      return only({ ...state, prompt: { kind: "search", text: "" } });
    case "n":
      return only(found(state, 1));
    case "N":
      return only(found(state, -1));
    case "e":
      return source.kind === "log"
        ? read(state, source.name, (name) => ({ kind: "log", name, channel: other(source) }))
        : only(state);
    default:
      return only(state);
  }
}

function other({ channel }: LogSource): LogSource["channel"] {
  return channel === "stdout" ? "stderr" : "stdout";
}

/** Moves to the next row with the searched text. @param step 1 towards the end, -1 towards the beginning; both continue there */
function found(state: TopState, step: 1 | -1): TopState {
  const { text } = state;
  if (text === null || text.search === "") return state;
  const rows = foldedLines(state, text);
  const last = lastFrom(state, text);
  // At the end of a log the newest row comes first.
  const at = text.from ?? rows.length;
  const row = matchingRow(rows, text.search, at, step);
  if (row === null) return { ...state, message: `not found: ${text.search}` };
  return { ...state, text: { ...text, from: Math.min(row, last) } };
}
