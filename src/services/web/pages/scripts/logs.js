// The page of logs where scripts run: it shows the lines of a stream, hides those without the text that is typed, stands still
// while a person reads further up, and can be paused. It keeps the newest lines.

import { element, showLive } from "./page.js";
import { keepOpen } from "./stream.js";

/** @typedef {[classes: string, text: string]} Part */
/** @typedef {[log: number, time: string, level: string, parts: Part[]]} Line */
/** @typedef {{label: string, channel: string, colour: string}} Log */

/** So much is kept in the page, and as much while it is paused; the oldest goes first. */
const MOST_LINES = 5000;
const MOST_CHARACTERS = 2_000_000;
const RETRY_MS = 5000;

const view = element("log");
const search = /** @type {HTMLInputElement} */ (element("search"));
const wrap = /** @type {HTMLInputElement} */ (element("wrap"));
const pause = /** @type {HTMLButtonElement} */ (element("pause"));
const followButton = element("follow");
const { stream = "" } = document.body.dataset;

/** @type {Log[]} */
let logs = [];
/** What is shown, oldest first. @type {{node: HTMLElement, text: string, size: number}[]} */
let shown = [];
let characters = 0;
/** What has come and is not shown yet. @type {(Line | string)[]} */
let waiting = [];
/** Lines that came while the page was paused, and were left out. */
let dropped = 0;
/** What is shown belongs to an earlier stream. */
let isStale = false;
let isDue = false;
let isPaused = false;
let isConnected = false;
let atEnd = true;
let unseen = 0;
/** Of the last line. */
let day = "";

function showState() {
  if (logs.length > 0) showLive(isConnected, isPaused || !atEnd ? "paused" : "following");
}

/** @param {string} classes @param {string} text */
function span(classes, text) {
  const node = document.createElement("span");
  if (classes !== "") node.className = classes;
  node.textContent = text;
  return node;
}

/** @param {string} text a sentence of the page's own */
function noteNode(text) {
  return { node: span("note", `==> ${text} <==\n`), text };
}

/** @param {Line} line */
function lineNode([index, time, level, parts]) {
  const { label = "", channel = "", colour = "" } = logs[index] ?? {};
  const node = span(`line ${channel} ${level}`, "");
  const at = span("at", time === "" ? "" : time.slice(11, 19));
  at.title = time;
  const mark = channel === "stderr" ? "!" : "|";
  const text = span("text", "");
  text.append(...parts.map(([classes, part]) => span(classes, part)));
  node.append(at, span(`who ${colour}`, label), span("mark", mark), text, "\n");
  return { node, text: `${label} ${text.textContent}` };
}

/** @param {{node: HTMLElement, text: string}} made */
function keep({ node, text }) {
  const lower = text.toLowerCase();
  node.hidden = !lower.includes(search.value.toLowerCase());
  shown.push({ node, text: lower, size: text.length });
  characters += text.length;
  return node;
}

/** Shows what waits, once in a frame: a log that floods is few changes of the page. */
function flush() {
  isDue = false;
  if (isPaused) return;
  const lines = waiting;
  waiting = [];
  if (isStale) {
    isStale = false;
    shown = [];
    characters = 0;
    day = "";
    view.replaceChildren();
  }
  const nodes = document.createDocumentFragment();
  if (dropped > 0) nodes.append(keep(noteNode(`${dropped} lines were left out while paused`)));
  dropped = 0;
  for (const line of lines) {
    if (typeof line === "string") {
      nodes.append(keep(noteNode(line)));
      continue;
    }
    const [, time] = line;
    if (time !== "" && time.slice(0, 10) !== day) {
      day = time.slice(0, 10);
      nodes.append(keep({ node: span("day", `${day}\n`), text: day }));
    }
    nodes.append(keep(lineNode(line)));
  }
  view.append(nodes);
  trim();
  showFound();
  if (atEnd) view.scrollTop = view.scrollHeight;
  else showUnseen(lines.length);
}

function trim() {
  let first = Math.max(0, shown.length - MOST_LINES);
  for (const { size } of shown.slice(0, first)) characters -= size;
  for (; characters > MOST_CHARACTERS && first < shown.length - 1; first += 1) {
    characters -= shown[first]?.size ?? 0;
  }
  for (const { node } of shown.splice(0, first)) node.remove();
}

/** @param {(Line | string)[]} lines */
function add(lines) {
  waiting.push(...lines);
  if (waiting.length > MOST_LINES) dropped += waiting.splice(0, waiting.length - MOST_LINES).length;
  if (isPaused) showPause();
  else if (!isDue) requestAnimationFrame(flush);
  isDue = !isPaused;
}

/** @param {number} lines that came while the view stood still */
function showUnseen(lines) {
  unseen += lines;
  followButton.hidden = false;
  followButton.textContent = unseen === 0 ? "Follow" : `Follow, ${unseen} new lines`;
}

function showPause() {
  const count = waiting.length + dropped;
  pause.textContent = !isPaused ? "Pause" : count === 0 ? "Resume" : `Resume, ${count} new lines`;
}

function showFound() {
  const text = search.value;
  const lines = shown.filter(({ node }) => node.classList.contains("line"));
  const found = lines.filter(({ node }) => !node.hidden).length;
  element("found").textContent =
    text === "" ? "" : `${found} of ${lines.length} lines here; Enter searches all files`;
}

function goToEnd() {
  atEnd = true;
  unseen = 0;
  followButton.hidden = true;
  view.scrollTop = view.scrollHeight;
  showState();
}

view.addEventListener("scroll", () => {
  const wasAtEnd = atEnd;
  atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 24;
  if (atEnd === wasAtEnd) return;
  if (atEnd) goToEnd();
  else showUnseen(0);
  showState();
});
followButton.addEventListener("click", goToEnd);

pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.classList.toggle("primary", isPaused);
  showPause();
  showState();
  if (!isPaused) flush();
});

/** Keeps a parameter in the address. @param {string} name @param {string} value empty for none */
function remember(name, value) {
  const address = new URL(location.href);
  if (value === "") address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  history.replaceState(null, "", address);
}

search.addEventListener("input", () => {
  const text = search.value.toLowerCase();
  for (const each of shown) each.node.hidden = !each.text.includes(text);
  showFound();
  if (atEnd) view.scrollTop = view.scrollHeight;
});
search.addEventListener("change", () => remember("search", search.value));
wrap.addEventListener("change", () => {
  view.classList.toggle("unwrapped", wrap.checked);
  remember("wrap", wrap.checked ? "off" : "");
  if (atEnd) view.scrollTop = view.scrollHeight;
});

// An address names only what is chosen.
element("query").addEventListener("formdata", (event) => {
  const { formData } = /** @type {FormDataEvent} */ (event);
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

/** @param {{logs: Log[], notes: string[]}} started */
function begin(started) {
  logs = started.logs;
  isConnected = true;
  isStale = true;
  waiting = [];
  dropped = 0;
  const names = new Set(logs.map(({ label }) => label));
  view.classList.toggle("single", names.size === 1);
  view.style.setProperty("--names", `${Math.min(24, Math.max(...logs.map(widthOf)))}ch`);
  view.dataset["empty"] = "No lines.";
  showState();
  add(started.notes);
}

/** @param {Log} log */
function widthOf({ label }) {
  return label.length;
}

if (stream !== "") {
  pause.hidden = false;
  view.dataset["empty"] = "Reading the logs…";
  keepOpen({
    address: () => stream,
    listen(source) {
      source.addEventListener("start", ({ data }) => begin(JSON.parse(data)));
      source.addEventListener("lines", ({ data }) => add(JSON.parse(data)));
      source.addEventListener("note", ({ data }) => add([JSON.parse(data)]));
    },
    lost() {
      isConnected = false;
      showState();
    },
    retryMs: () => RETRY_MS,
  });
}
