// Keeps the status page true while somebody looks at it, by server-sent events.

import { element, showLive } from "./page.js";
import {
  applyFilter,
  keepingFocus,
  nodesOf,
  rows,
  showCounts,
  showSummary,
  showUptimes,
} from "./rows.js";

const body = document.body;
const programs = element("programs");
let version = Number(body.dataset["version"]);

/** @typedef {{version: number, rows: Record<string, string>, counts: string, summary: string}} Change */

/**
 * Rows that have changed since the last frame: a thousand programs that start are a few changes of the page.
 * @type {Map<string, {html: string, version: number}>}
 */
const waiting = new Map();
/** @type {Change | null} */
let latest = null;
/** Set while a page is fetched: what happens meanwhile may be newer than that page, and is shown after it. */
let isLoading = false;

/** @param {Change} change */
function noteRows(change) {
  if (latest === null && !isLoading) requestAnimationFrame(showWaiting);
  latest = change;
  const { version: since } = change;
  for (const [key, html] of Object.entries(change.rows)) waiting.set(key, { html, version: since });
}

function showWaiting() {
  if (latest === null || isLoading) return;
  const { counts, summary, version: current } = latest;
  latest = null;
  const known = new Map(rows().map((row) => [row.dataset["key"], row]));
  let isComplete = true;
  keepingFocus(() => {
    for (const [key, { html }] of waiting) {
      const row = known.get(key);
      if (row === undefined) isComplete = false;
      // A row alone is no HTML that a parser takes; inside a template it is.
      row?.replaceWith(nodesOf(html));
    }
  });
  waiting.clear();
  version = current;
  showCounts(counts);
  showSummary(summary);
  showUptimes();
  applyFilter();
  if (!isComplete) void refetch();
}

/** @param {Record<string, [string, string]>} usages */
function showUsage(usages) {
  for (const row of rows()) {
    const usage = usages[row.dataset["key"] ?? ""];
    const cpu = row.querySelector(".cpu");
    const memory = row.querySelector(".memory");
    if (usage === undefined || cpu === null || memory === null) continue;
    if (cpu.textContent !== usage[0]) cpu.textContent = usage[0];
    if (memory.textContent !== usage[1]) memory.textContent = usage[1];
  }
}

const FETCH_PAUSE_MS = 1000;
let isFetching = false;
let isStale = false;

/** Takes the programs from a fresh page: when more has changed than rows. */
async function refetch() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  while (isStale && source !== null) {
    isStale = false;
    isLoading = true;
    try {
      await takePage();
    } catch {
      // The page stays as it is; the connection, which has the same trouble, comes back and compares versions.
      showLive(false, "live");
    }
    isLoading = false;
    showWaiting();
    // Not at once again, however fast things change: a page of a thousand programs takes a while to show.
    await new Promise((resolve) => setTimeout(resolve, FETCH_PAUSE_MS));
  }
  isFetching = false;
}

async function takePage() {
  const answer = await fetch("index.html", { cache: "no-store" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("programs");
  if (fresh === null || page.body.dataset["boot"] !== body.dataset["boot"]) {
    location.reload();
    return;
  }
  version = Number(page.body.dataset["version"]);
  for (const [key, row] of waiting) if (row.version <= version) waiting.delete(key);
  keepingFocus(() => programs.replaceChildren(...fresh.childNodes));
  showCounts(page.querySelector(".counts")?.innerHTML ?? "");
  showSummary(fresh.dataset["summary"] ?? "");
  showUptimes();
  applyFilter();
}

/** @type {EventSource | null} */
let source = null;
let retry = 0;

function connect() {
  if (source !== null || document.hidden) return;
  source = new EventSource("events/status");
  source.addEventListener("hello", (event) => {
    const { boot, version: current } = JSON.parse(event.data);
    // Another run of the daemon: the tokens in this page no longer hold.
    if (boot !== body.dataset["boot"]) location.replace("./");
    else if (current !== version) void refetch();
    showLive(true, "live");
  });
  source.addEventListener("rows", (event) => noteRows(JSON.parse(event.data)));
  source.addEventListener("usage", (event) => showUsage(JSON.parse(event.data)));
  source.addEventListener("refetch", () => void refetch());
  source.addEventListener("error", () => {
    showLive(false, "live");
    // Browsers come back by themselves, except after an answer that is no stream.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    clearTimeout(retry);
    retry = window.setTimeout(connect, 5000);
  });
}

export function disconnect() {
  source?.close();
  source = null;
}

/** @type {number} */
let ticking = 0;

/** A page that nobody sees asks for nothing. */
export function follow() {
  clearInterval(ticking);
  if (document.hidden) {
    disconnect();
    return;
  }
  connect();
  showUptimes();
  ticking = window.setInterval(showUptimes, 1000);
}
