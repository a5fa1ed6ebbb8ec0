// The focus of a person whose row is replaced or moved.

import { entryOf } from "./list.js";
import { element } from "./page.js";

/** The name of the program whose button went away while it had the focus; the next button of its row gets it. */
let displaced = "";

/**
 * Runs a change of the page and keeps the focus: on the same button, else on the name of its program until that has a button
 * again. Never on another button meanwhile: a second press would do something that was not meant.
 */
export function keepingFocus(/** @type {() => void} */ change) {
  const had = document.activeElement;
  const name = had?.getAttribute("aria-label") ?? null;
  const label = had?.closest("tr.program")?.getAttribute("data-label") ?? null;
  const isButton = had instanceof HTMLButtonElement;
  const head = had?.closest("th[data-sort]")?.getAttribute("data-sort") ?? null;
  const group = label !== null ? null : (had?.closest("tbody")?.getAttribute("data-group") ?? null);
  change();
  if (!(had instanceof HTMLElement) || document.activeElement === had) return;
  if (had.isConnected) {
    // It was moved.
    had.focus({ preventScroll: true });
    return;
  }
  const row = entryOf(label ?? "")?.row;
  if (row === undefined) {
    focusHead(head, group);
    return;
  }
  const same = Array.from(row.querySelectorAll("[aria-label]")).find(
    (each) => each.getAttribute("aria-label") === name,
  );
  const next = row.querySelector('button[name="start"], button[name="restart"]');
  const wasDisplaced = displaced === label && had.matches(".name a");
  const place = same ?? (wasDisplaced ? next : null) ?? row.querySelector(".name a");
  if (same === undefined && isButton) displaced = label ?? "";
  else if (place === next) displaced = "";
  if (place instanceof HTMLElement) place.focus({ preventScroll: true });
}

/** Of a table that was replaced. @param {string | null} column @param {string | null} group */
function focusHead(column, group) {
  const programs = element("programs");
  const head = Array.from(programs.querySelectorAll("th[data-sort], tbody[data-group]")).find(
    (each) =>
      (column !== null && each.getAttribute("data-sort") === column) ||
      (group !== null && each.getAttribute("data-group") === group),
  );
  head?.querySelector("button")?.focus({ preventScroll: true });
}
