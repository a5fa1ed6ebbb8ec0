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

/** @param {{version: number, rows: Record<string, string>, counts: string, summary: string}} change */
function showRows(change) {
  const known = new Map(rows().map((row) => [row.dataset["key"], row]));
  if (Object.keys(change.rows).some((key) => !known.has(key))) {
    void refetch();
    return;
  }
  keepingFocus(() => {
    for (const [key, html] of Object.entries(change.rows)) {
      // A row alone is no HTML that a parser takes; inside a template it is.
      known.get(key)?.replaceWith(nodesOf(html));
    }
  });
  version = change.version;
  showCounts(change.counts);
  showSummary(change.summary);
  showUptimes();
  applyFilter();
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

let fetching = false;
let fetchAgain = false;

/** Takes the programs from a fresh page: when more has changed than rows. */
async function refetch() {
  if (fetching) {
    fetchAgain = true;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch("index.html", { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("programs");
    if (fresh === null || page.body.dataset["boot"] !== body.dataset["boot"]) {
      location.reload();
      return;
    }
    version = Number(page.body.dataset["version"]);
    keepingFocus(() => programs.replaceChildren(...fresh.childNodes));
    showCounts(page.querySelector(".counts")?.innerHTML ?? "");
    showSummary(fresh.dataset["summary"] ?? "");
    applyFilter();
  } catch {
    showLive(false, "live");
  } finally {
    fetching = false;
    if (fetchAgain) {
      fetchAgain = false;
      void refetch();
    }
  }
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
  source.addEventListener("rows", (event) => showRows(JSON.parse(event.data)));
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
