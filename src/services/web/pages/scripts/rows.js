// The rows of the status page: finding them, replacing them, their uptimes, and the filter.

import { element } from "./page.js";

const body = document.body;
const programs = element("programs");
const search = /** @type {HTMLInputElement} */ (element("search"));

/** Server time minus browser time, in seconds. */
const clockShift = Number(body.dataset["now"]) - Date.now() / 1000;
const plainTitle = document.title;

/** @returns {HTMLElement[]} */
export function rows() {
  return Array.from(programs.querySelectorAll("tr.program"));
}

/** @param {string} html */
export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Runs a change of the page and puts the focus back on the button that stands where the focused one stood. */
export function keepingFocus(/** @type {() => void} */ change) {
  const had = document.activeElement;
  const name = had?.getAttribute("aria-label") ?? null;
  const key = had?.closest("tr.program")?.getAttribute("data-key") ?? null;
  change();
  if (had === null || had.isConnected || name === null) return;
  const same = Array.from(document.querySelectorAll("[aria-label]")).find(
    (each) => each.getAttribute("aria-label") === name,
  );
  const row = rows().find((each) => each.dataset["key"] === key);
  const next = same ?? row?.querySelector("button") ?? null;
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

export function showUptimes() {
  const now = Date.now() / 1000 + clockShift;
  for (const row of rows()) {
    const start = Number(row.dataset["start"]);
    const place = row.querySelector(".uptime");
    if (start === 0 || place === null) continue;
    const text = uptime(Math.max(0, now - start));
    if (place.textContent !== text) place.textContent = text;
  }
}

/** @param {number} seconds */
function uptime(seconds) {
  const total = Math.floor(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const clock = `${Math.floor((total % 86400) / 3600)}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

/** @param {string} summary */
export function showSummary(summary) {
  programs.dataset["summary"] = summary;
  document.title = `${summary} – ${plainTitle}`;
}

export function applyFilter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  const all = rows();
  for (const row of all) {
    const text =
      `${row.dataset["label"]} ${row.dataset["key"]} ${row.dataset["state"]}`.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    row.hidden = !fits;
    if (fits) shown++;
  }
  for (const section of programs.querySelectorAll("section")) {
    section.hidden = section.querySelector("tr.program:not([hidden])") === null;
  }
  element("found").textContent = words.length === 0 ? "" : `${shown} of ${all.length}`;
}

/** Makes the counts of states buttons that filter. */
export function armCounts() {
  for (const item of document.querySelectorAll(".counts .count")) {
    const state = item.getAttribute("data-state") ?? "";
    const button = document.createElement("button");
    button.type = "button";
    button.append(...item.childNodes);
    button.title = `Show only what is ${state}`;
    button.addEventListener("click", () => {
      search.value = search.value === state ? "" : state;
      applyFilter();
    });
    item.append(button);
  }
}

/** @param {string} html */
export function showCounts(html) {
  const list = document.querySelector(".counts");
  if (list === null) return;
  keepingFocus(() => {
    list.replaceChildren(nodesOf(html));
    armCounts();
  });
}
