// The rows of the status page: finding them, replacing them, their uptimes, and the filter.

import { now, tick } from "./clock.js";
import { element } from "./page.js";

const programs = element("programs");
const search = /** @type {HTMLInputElement} */ (element("search"));

const host = document.body.dataset["host"] ?? "";
/** A program that has stayed up for so many seconds is stable again, as the daemon counts. */
const RECENT_SECONDS = 300;

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

/** The name of the program whose button went away while it had the focus; the next button of its row gets it. */
let displaced = "";

/**
 * Runs a change of the page and keeps the focus: on the same button, else on the name of its program until that has a button
 * again. Never on another button meanwhile: a second press would do something that was not meant.
 */
export function keepingFocus(/** @type {() => void} */ change) {
  const had = document.activeElement;
  const name = had?.getAttribute("aria-label") ?? null;
  const key = had?.closest("tr.program")?.getAttribute("data-key") ?? null;
  const isButton = had instanceof HTMLButtonElement;
  change();
  if (had === null || had.isConnected || key === null) return;
  const row = rows().find((each) => each.dataset["key"] === key);
  if (row === undefined) return;
  const same = Array.from(row.querySelectorAll("[aria-label]")).find(
    (each) => each.getAttribute("aria-label") === name,
  );
  const next = row.querySelector("button.start, button.restart");
  const wasDisplaced = displaced === key && had.matches(".name a");
  const place = same ?? (wasDisplaced ? next : null) ?? row.querySelector(".name a");
  if (same === undefined && isButton) displaced = key;
  else if (place === next) displaced = "";
  if (place instanceof HTMLElement) place.focus({ preventScroll: true });
}

export function showTimes() {
  tick(programs);
  let isNew = false;
  for (const row of programs.querySelectorAll("tr.unstable:not(.unhealthy)")) {
    const at = Number(row.querySelector('[data-tick="ago"]')?.getAttribute("data-at") ?? "NaN");
    if (now() - at < RECENT_SECONDS) continue;
    row.classList.remove("unstable");
    isNew = true;
  }
  if (!isNew) return;
  const chip = document.querySelector('.count[data-state="unstable"]');
  const count = programs.querySelectorAll("tr.unstable").length;
  if (count === 0) chip?.remove();
  else chip?.querySelector("b")?.replaceChildren(String(count));
}

/** @param {string} summary */
export function showSummary(summary) {
  programs.dataset["summary"] = summary;
  document.title = `${summary} – ${host}`;
}

export function applyFilter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  const all = rows();
  for (const row of all) {
    const text =
      `${row.dataset["label"]} ${row.dataset["key"]} ${row.dataset["state"]} ${row.classList.contains("unstable") ? "unstable" : ""}`.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    row.hidden = !fits;
    if (fits) shown++;
  }
  for (const section of programs.querySelectorAll("section")) {
    section.hidden = section.querySelector("tr.program:not([hidden])") === null;
  }
  element("found").textContent = words.length === 0 ? "" : `${shown} of ${all.length}`;
}

/** How many programs there are, and how many of them the filter shows. */
export function shownCount() {
  const all = rows();
  return { all: all.length, shown: all.filter((row) => !row.hidden).length };
}

/** Makes the counts of states buttons that filter. */
export function armCounts() {
  for (const item of document.querySelectorAll(".counts .count")) arm(item);
}

/** @param {Element} item */
function arm(item) {
  const state = item.getAttribute("data-state") ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.append(...item.childNodes);
  button.title = `Show only programs that are ${state}`;
  button.addEventListener("click", () => {
    search.value = search.value === state ? "" : state;
    applyFilter();
  });
  item.append(button);
}

/** Changes numbers in place: a count that has the focus keeps it. @param {string} html */
export function showCounts(html) {
  const list = document.querySelector(".counts");
  if (list === null) return;
  const known = new Map(
    Array.from(list.children, (item) => [item.getAttribute("data-state"), item]),
  );
  const items = Array.from(nodesOf(html).children, (fresh) => {
    const item = known.get(fresh.getAttribute("data-state"));
    if (item === undefined) {
      arm(fresh);
      return fresh;
    }
    known.delete(fresh.getAttribute("data-state"));
    const count = fresh.querySelector("b")?.textContent ?? "";
    const place = item.querySelector("b");
    if (place !== null && place.textContent !== count) place.textContent = count;
    return item;
  });
  for (const gone of known.values()) {
    if (gone.contains(document.activeElement)) search.focus({ preventScroll: true });
    gone.remove();
  }
  // Items in place are not moved: moving one takes its focus away.
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
}
