// Keeps the status page true while somebody looks at it, by server-sent events.

import { showCounts, showSummary } from "./counts.js";
import { keepingFocus } from "./focus.js";
import { replaceRow, rowOf, settle, showTimes, showUsage } from "./list.js";
import { element, whenReleased } from "./page.js";
import { showPicks } from "./picks.js";
import { keepCurrent } from "./stream.js";
import { armTable } from "./table.js";
import { refreshTrends } from "./trends.js";

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
  if (latest === null && !isLoading) requestAnimationFrame(() => whenReleased(showWaiting));
  latest = change;
  const { version: since } = change;
  for (const [key, html] of Object.entries(change.rows)) waiting.set(key, { html, version: since });
}

function showWaiting() {
  if (latest === null || isLoading) return;
  const { counts, summary, version: current } = latest;
  latest = null;
  let isComplete = true;
  keepingFocus(() => {
    for (const { html } of waiting.values()) {
      const row = rowOf(html);
      if (row === null || !replaceRow(row)) isComplete = false;
    }
    settle();
  });
  waiting.clear();
  version = current;
  showCounts(counts);
  showSummary(summary);
  showPicks();
  if (!isComplete) void refetch();
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
  await new Promise((resolve) => whenReleased(() => resolve(null)));
  const fresh = page.getElementById("programs");
  if (fresh === null || page.body.dataset["boot"] !== body.dataset["boot"]) {
    location.reload();
    return;
  }
  version = Number(page.body.dataset["version"]);
  for (const [key, row] of waiting) if (row.version <= version) waiting.delete(key);
  keepingFocus(() => {
    programs.replaceChildren(...fresh.childNodes);
    armTable();
  });
  showCounts(page.querySelector(".counts")?.innerHTML ?? "");
  showSummary(fresh.dataset["summary"] ?? "");
}

/** Once a second. */
function passTime() {
  showTimes();
  keepingFocus(settle);
  void refreshTrends();
}

/** @param {EventSource} source */
function listen(source) {
  source.addEventListener("rows", (event) => noteRows(JSON.parse(event.data)));
  source.addEventListener("usage", (event) => showUsage(JSON.parse(event.data)));
  source.addEventListener("refetch", () => void refetch());
}

const refetch = keepCurrent({
  ...{ stream: "events/status", home: "", takePage, listen, showTimes: passTime },
  version: () => version,
});
