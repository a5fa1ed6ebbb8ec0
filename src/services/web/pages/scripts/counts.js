// The counts of states at the top, and the title of the page.

import { applyView } from "./list.js";
import { element } from "./page.js";
import { view } from "./view.js";

const programs = element("programs");
const search = /** @type {HTMLInputElement} */ (element("search"));
const host = document.body.dataset["host"] ?? "";

/** @param {string} summary */
export function showSummary(summary) {
  programs.dataset["summary"] = summary;
  document.title = `${summary} – ${host}`;
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
    search.value = view.words = view.words === state ? "" : state;
    applyView();
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
  const template = document.createElement("template");
  template.innerHTML = html;
  const items = Array.from(template.content.children, (fresh) => {
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
