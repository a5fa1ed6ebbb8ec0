// The list of programs: which part of the table each row is in, and in which order; which rows the filter shows; and what the heads
// of the parts say. An event costs as much as the rows it changes: everything else is counted along.

import { now, tick } from "./clock.js";
import { element } from "./page.js";
import { saveView, view } from "./view.js";

/**
 * A part of the table: a group, the programs that need attention, or all others.
 * @typedef {object} Part
 * @property {HTMLTableSectionElement[]} bodies with its rows in order, some in each; the first begins with the head
 * @property {string | null} group null for a part that is no group
 * @property {number} total members of the group, wherever they are shown
 * @property {number} running of them
 * @property {number} rows in it
 * @property {number} shown of them
 */
/**
 * @typedef {object} Entry
 * @property {string} label
 * @property {HTMLElement} row
 * @property {Part} home
 * @property {Part} part where it is shown
 * @property {boolean} isShown by the filter
 */

const programs = element("programs");
/** In the order of the column State. */
const STATES = [
  "fatal",
  "backoff",
  "unknown",
  "exited",
  "stopping",
  "starting",
  "running",
  "stopped",
];
/** Classes of rows that the filter knows, besides names and states. */
const FLAGS = ["failing", "unstable", "unhealthy"];
const UNITS = { kB: 1, MB: 1024, GB: 1024 ** 2 };
/** A program that has stayed up for so many seconds is stable again, as the daemon counts. */
const RECENT_SECONDS = 300;
/** Rows stay where they are for so long after a person has moved or typed: a press must not hit another row. */
const CALM_MS = 2000;
/** Beyond so many, all rows are put in order at once. */
const MOST_MOVED = 50;
/** Rows of a body that is filled, as in the page that the daemon makes; and how many they may become by single moves. */
const [BODY_ROWS, MOST_BODY_ROWS] = [20, 40];

/** @type {Map<string, Entry>} */
const entries = new Map();
/** @type {Map<string, Part>} */
const homes = new Map();
/** @type {Part | null} */
let attention = null;
/** @type {Part | null} */
let others = null;
/** Entries that may be in the wrong place. @type {Set<Entry>} */
const misplaced = new Set();
let touched = -CALM_MS;
let shownCount = 0;

for (const kind of ["pointermove", "pointerdown", "keydown"]) {
  programs.addEventListener(kind, () => (touched = performance.now()), { passive: true });
}

/** All of them. */
export function allEntries() {
  return entries.values();
}

/** @param {string} label */
export function entryOf(label) {
  return entries.get(label);
}

/** How many programs there are, and how many of them are shown. */
export function counts() {
  return { all: entries.size, shown: shownCount };
}

/** Whether a person sees a row, or would after scrolling. @param {Entry} entry */
export function isVisible({ isShown, part }) {
  return isShown && !isClosed(part);
}

/** How many rows that are. */
export function visibleCount() {
  return parts().reduce((sum, part) => sum + (isClosed(part) ? 0 : part.shown), 0);
}

function isFiltered() {
  return view.only || view.words.trim() !== "";
}

/** @param {Part} part */
function isClosed({ group }) {
  return group !== null && view.closed.has(group);
}

/** @param {string} html @returns {HTMLElement | null} */
export function rowOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("tr");
}

/** Reads the table: to be called when it was replaced. */
export function readList() {
  entries.clear();
  homes.clear();
  misplaced.clear();
  attention = others = null;
  const bodies = programs.querySelectorAll("tbody");
  if (bodies.length === 0) return;
  /** @type {HTMLTableSectionElement[]} */
  let last = [];
  for (const body of bodies) {
    if (body.className === "more") {
      last.push(body);
      continue;
    }
    last = [body];
    const group = body.dataset["group"] ?? null;
    const part = { bodies: last, group, ...{ total: 0, running: 0, rows: 0, shown: 0 } };
    if (group === null) attention = part;
    else {
      homes.set(group, part);
      armHead(part);
    }
  }
  if (attention !== null) others = { ...attention, bodies: [otherBody(attention)] };
  for (const part of parts()) for (const row of rowsOf(part)) addEntry(row, part);
  applyView();
}

/** All rows of a part, in order. @param {Part} part @returns {HTMLElement[]} */
function rowsOf({ bodies }) {
  return bodies.flatMap((body) => Array.from(body.querySelectorAll("tr.program")));
}

/** The part of the list without groups. @param {Part} before */
function otherBody({ bodies }) {
  const body = document.createElement("tbody");
  const head = bodies[0]?.rows[0]?.cloneNode(true);
  if (head instanceof Element) {
    head.querySelector(".title")?.replaceChildren("Programs");
    body.append(head);
  }
  bodies.at(-1)?.after(body);
  return body;
}

/** Makes the title of a group a button that collapses it. @param {Part} part */
function armHead({ bodies, group }) {
  const title = bodies[0]?.querySelector(".title") ?? null;
  if (title === null || group === null) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "title";
  button.append(...title.childNodes);
  button.addEventListener("click", () => {
    if (!view.closed.delete(group)) view.closed.add(group);
    applyView();
  });
  title.replaceWith(button);
}

/** @param {HTMLElement} row @param {Part} part */
function addEntry(row, part) {
  const label = nameRow(row);
  const home = homes.get(label.split(":", 1)[0] ?? "") ?? homes.get("") ?? part;
  entries.set(label, { label, row, home, part, isShown: true });
}

/**
 * Writes the name of the program to its row and its buttons, which lack it because a page is to be small. Without scripts, the head
 * of the row names them.
 * @param {HTMLElement} row
 */
function nameRow(row) {
  const address = row.querySelector(".name a")?.getAttribute("href") ?? "";
  const label = new URLSearchParams(address.split("?", 2)[1]).get("processname") ?? "";
  row.dataset["label"] = label;
  for (const button of row.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent} ${label}`);
  }
  return label;
}

/** Brings the whole page in line with the view, and says so to others: the event `viewed`. */
export function applyView() {
  for (const part of homes.values()) {
    const [first, ...more] = part.bodies;
    first?.classList.toggle("closed", isClosed(part));
    first?.querySelector("button.title")?.setAttribute("aria-expanded", String(!isClosed(part)));
    for (const body of more) body.hidden = isClosed(part);
  }
  for (const entry of entries.values()) {
    entry.isShown = fits(entry);
    entry.row.hidden = !entry.isShown;
  }
  // The height that a body had is not kept then: it has fewer rows.
  programs.querySelector("table")?.classList.toggle("filtered", isFiltered());
  arrange();
  saveView();
  programs.dispatchEvent(new Event("viewed"));
}

/** @param {Entry} entry */
function partOf({ row, home }) {
  if (attention !== null && needsAttention(row)) return attention;
  return view.flat && others !== null ? others : home;
}

/** @param {Element} row */
function needsAttention({ classList }) {
  return classList.contains("failing") || classList.contains("unstable");
}

/** @param {Entry} entry */
function fits({ row, label }) {
  if (view.only && !needsAttention(row)) return false;
  const flags = FLAGS.filter((flag) => row.classList.contains(flag));
  const text = [label, row.dataset["state"], ...flags].join(" ").toLowerCase();
  return view.words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Puts all rows into their parts, in order, and counts them anew. */
function arrange() {
  misplaced.clear();
  for (const part of parts()) Object.assign(part, { total: 0, running: 0, rows: 0, shown: 0 });
  shownCount = 0;
  /** @type {Map<Part, Entry[]>} */
  const byPart = new Map(parts().map((part) => [part, []]));
  for (const entry of entries.values()) {
    entry.part = partOf(entry);
    showName(entry);
    count(entry, 1);
    byPart.get(entry.part)?.push(entry);
  }
  for (const [part, members] of byPart) {
    const order = sorted(members).map(({ row }) => row);
    const rows = rowsOf(part);
    if (order.some((row, at) => rows[at] !== row)) fill(part, order);
  }
  for (const part of parts()) {
    fit(part);
    showHead(part);
  }
  showFound();
}

/**
 * Puts rows into the bodies of a part. A browser lays out and paints only bodies that are in view. It checks each of them in
 * every frame: with a check of each row, a thousand rows do not scroll smoothly.
 * @param {Part} part @param {HTMLElement[]} rows
 */
function fill(part, rows) {
  const { bodies } = part;
  const needed = Math.ceil(rows.length / BODY_ROWS);
  while (bodies.length < needed) {
    const body = document.createElement("tbody");
    body.className = "more";
    body.hidden = isClosed(part);
    bodies.at(-1)?.after(body);
    bodies.push(body);
  }
  for (const [at, body] of bodies.entries()) {
    body.append(...rows.slice(at * BODY_ROWS, (at + 1) * BODY_ROWS));
  }
}

/** Gives a part the bodies that it needs after rows moved: none too large, none empty, each of known height. @param {Part} part */
function fit(part) {
  const { bodies } = part;
  if (bodies.some(({ rows }) => rows.length > MOST_BODY_ROWS)) fill(part, rowsOf(part));
  for (const body of bodies.slice(1)) {
    if (body.rows.length === 0) bodies.splice(bodies.indexOf(body), 1)[0]?.remove();
  }
  for (const body of bodies) {
    const shown = String(body.querySelectorAll("tr.program:not([hidden])").length);
    if (body.style.getPropertyValue("--rows") !== shown) body.style.setProperty("--rows", shown);
  }
}

/** @returns {Part[]} */
function parts() {
  return [attention, others, ...homes.values()].filter((part) => part !== null);
}

/** @param {Entry} entry @param {1 | -1} sign */
function count({ home, part, row, isShown }, sign) {
  home.total += sign;
  if (row.dataset["state"] === "running") home.running += sign;
  part.rows += sign;
  if (!isShown) return;
  part.shown += sign;
  shownCount += sign;
}

/** A program is named without its group only where that stands above it. @param {Entry} entry */
function showName({ label, row, part, home }) {
  const link = row.querySelector(".name a");
  const isBelow = part === home && home.group !== "";
  const name = isBelow ? label.slice(label.indexOf(":") + 1) : label;
  if (link !== null && link.textContent !== name) link.textContent = name;
}

/** @param {Part} part */
function showHead(part) {
  const { bodies, group, total, running, rows, shown } = part;
  const [body] = bodies;
  if (body === undefined) return;
  const isHome = group !== null && group !== "";
  body.hidden = isFiltered() || !isHome || view.flat ? shown === 0 : false;
  const counted = group === null ? String(rows) : `${running} of ${total} running`;
  const text = shown === rows ? counted : `${counted}, ${shown} shown`;
  const place = body.querySelector(".size");
  if (place !== null && place.textContent !== text) place.textContent = text;
}

function showFound() {
  const text = shownCount === entries.size ? "" : `${shownCount} of ${entries.size}`;
  const found = element("found");
  if (found.textContent !== text) found.textContent = text;
}

/**
 * Replaces the row of a program by a fresh one.
 * @param {HTMLElement} fresh @returns {boolean} false for a program that is not in the list
 */
export function replaceRow(fresh) {
  const entry = entries.get(nameRow(fresh));
  if (entry === undefined) return false;
  count(entry, -1);
  fresh.prepend(...entry.row.querySelectorAll("td.pick"));
  const trend = entry.row.querySelector("td.trend");
  if (trend !== null) fresh.querySelector("td.trend")?.replaceWith(trend);
  entry.row.replaceWith(fresh);
  entry.row = fresh;
  takeIn(entry);
  return true;
}

/** Counts and shows a row that has changed. @param {Entry} entry */
function takeIn(entry) {
  entry.isShown = fits(entry);
  entry.row.hidden = !entry.isShown;
  showName(entry);
  count(entry, 1);
  misplaced.add(entry);
  showHead(entry.part);
  showHead(entry.home);
  showFound();
}

/** Moves what is in the wrong place, unless a person is about to press something. */
export function settle() {
  if (misplaced.size === 0 || performance.now() - touched < CALM_MS) return;
  if (misplaced.size > MOST_MOVED) {
    arrange();
    return;
  }
  const changed = new Set();
  for (const entry of misplaced) {
    changed.add(entry.part);
    count(entry, -1);
    entry.part = partOf(entry);
    count(entry, 1);
    changed.add(entry.part);
    showName(entry);
  }
  for (const entry of takeOut(misplaced)) putIn(entry);
  misplaced.clear();
  for (const part of changed) {
    fit(part);
    showHead(part);
  }
}

/** Takes out what is in the wrong place, until all others are in order. @param {Set<Entry>} suspects */
function takeOut(suspects) {
  /** @type {Set<Entry>} */
  const taken = new Set();
  let size = -1;
  while (size !== taken.size) {
    size = taken.size;
    for (const entry of suspects) {
      if (taken.has(entry) || isInPlace(entry)) continue;
      entry.row.remove();
      taken.add(entry);
    }
  }
  return taken;
}

/** @param {Entry} entry */
function isInPlace(entry) {
  const rows = rowsOf(entry.part);
  const at = rows.indexOf(entry.row);
  const before = known(rows[at - 1]);
  const after = known(rows[at + 1]);
  const isAfter = before === null || compare(before, entry) < 0;
  const isBefore = after === null || compare(entry, after) < 0;
  return at >= 0 && isAfter && isBefore;
}

/** Where it belongs in its part, by halving. @param {Entry} entry */
function putIn(entry) {
  const rows = rowsOf(entry.part);
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = known(rows[middle]);
    if (other !== null && compare(other, entry) < 0) low = middle + 1;
    else high = middle;
  }
  const next = rows[low];
  if (next === undefined) entry.part.bodies.at(-1)?.append(entry.row);
  else next.before(entry.row);
}

/** @param {Element | undefined} row */
function known(row) {
  return entries.get(row?.getAttribute("data-label") ?? "") ?? null;
}

/** @param {Entry[]} members */
function sorted(members) {
  const keys = new Map(members.map((entry) => [entry, keyOf(entry)]));
  return members.sort((a, b) => compareKeys(a, b, keys.get(a) ?? null, keys.get(b) ?? null));
}

/** @param {Entry} a @param {Entry} b */
function compare(a, b) {
  return compareKeys(a, b, keyOf(a), keyOf(b));
}

/** @param {Entry} a @param {Entry} b @param {number | string | null} x @param {number | string | null} y */
function compareKeys(a, b, x, y) {
  // What has no value is last in both directions.
  if (x === null || y === null) {
    if (x !== y) return x === null ? 1 : -1;
  } else if (x !== y) {
    return x < y === view.sort.startsWith("-") ? 1 : -1;
  }
  return a.label < b.label ? -1 : 1;
}

/** What a row is sorted by. @param {Entry} entry @returns {number | string | null} */
function keyOf({ label, row }) {
  const column = view.sort.replace("-", "");
  const text = row.querySelector(`td.${column === "" ? "name" : column}`)?.textContent ?? "";
  switch (column) {
    case "state":
      return STATES.indexOf(row.dataset["state"] ?? "");
    case "uptime": {
      const start = row.querySelector("[data-up]")?.getAttribute("data-up") ?? null;
      return start === null ? null : -Number(start);
    }
    case "restarts":
      return Number(text);
    case "cpu":
    case "memory":
      return quantity(text);
    default:
      return label;
  }
}

/** `3.4 MB` as a number; null for an unknown one. @param {string} text */
function quantity(text) {
  const [, value, unit] = /^([\d.]+) (\S+)/.exec(text) ?? [];
  if (value === undefined) return null;
  return Number(value) * (UNITS[/** @type {keyof typeof UNITS} */ (unit)] ?? 1);
}

/** Shows CPU and memory of those programs for which they have changed. @param {Record<string, [string, string]>} usages */
export function showUsage(usages) {
  const isSorted = /^-?(?:cpu|memory)$/.test(view.sort);
  for (const [label, [cpu, memory]] of Object.entries(usages)) {
    const entry = entries.get(label);
    entry?.row.querySelector("td.cpu")?.replaceChildren(cpu);
    entry?.row.querySelector("td.memory")?.replaceChildren(memory);
    if (isSorted && entry !== undefined) misplaced.add(entry);
  }
}

/** Shows all times as they are now; a program that has stayed up for long enough is stable again. */
export function showTimes() {
  tick(programs);
  for (const row of attention === null ? [] : rowsOf(attention)) {
    if (!row.matches(".unstable:not(.unhealthy)")) continue;
    const at = Number(row.querySelector('[data-tick="ago"]')?.getAttribute("data-at") ?? "NaN");
    const entry = known(row);
    if (entry === null || !(now() - at >= RECENT_SECONDS)) continue;
    count(entry, -1);
    row.classList.remove("unstable");
    takeIn(entry);
    dropUnstable();
  }
}

function dropUnstable() {
  const chip = document.querySelector('.count[data-state="unstable"]');
  const rows = attention === null ? [] : rowsOf(attention);
  const left = rows.filter((row) => row.matches(".unstable:not(.failing)")).length;
  if (left === 0) chip?.remove();
  else chip?.querySelector("b")?.replaceChildren(String(left));
}
