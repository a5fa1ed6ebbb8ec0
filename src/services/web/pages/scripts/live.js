// Keeps the status page true while somebody looks at it, by server-sent events.

import { element } from "./page.js";
import {
  applyFilter,
  keepingFocus,
  nodesOf,
  rows,
  showCounts,
  showSummary,
  showTimes,
} from "./rows.js";
import { keepCurrent } from "./stream.js";

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
  showTimes();
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

/** Takes the programs from a fresh page: when more has changed than rows. */
async function takePage() {
  isLoading = true;
  try {
    await takePrograms();
  } finally {
    isLoading = false;
    showWaiting();
  }
}

async function takePrograms() {
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
  showTimes();
  applyFilter();
}

/** @param {EventSource} source */
function listen(source) {
  source.addEventListener("rows", (event) => noteRows(JSON.parse(event.data)));
  source.addEventListener("usage", (event) => showUsage(JSON.parse(event.data)));
  source.addEventListener("refetch", () => void refetch());
}

const refetch = keepCurrent({
  ...{ stream: "events/status", home: "./", takePage, listen, showTimes },
  version: () => version,
});
