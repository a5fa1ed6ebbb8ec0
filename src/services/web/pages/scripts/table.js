// The table of programs, made ready for a person each time that it was replaced.

import { applyView, readList } from "./list.js";
import { element } from "./page.js";
import { armPicks } from "./picks.js";
import { drawTrends } from "./trends.js";
import { view } from "./view.js";

const programs = element("programs");
/** Of these, the smallest is first at the first press; of the others, the largest. */
const ASCENDING = ["state", "name"];

export function armTable() {
  programs.querySelector("table")?.classList.add("armed");
  for (const head of heads()) armSort(head);
  showSort();
  readList();
  armPicks();
  drawTrends();
}

/** @returns {HTMLElement[]} */
function heads() {
  return Array.from(programs.querySelectorAll("th[data-sort]"));
}

/** @param {HTMLElement} head */
function armSort(head) {
  const column = head.dataset["sort"] ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => {
    view.sort = nextSort(column);
    showSort();
    applyView();
  });
  head.append(button);
}

/** One direction, the other one, and the order of names. @param {string} column */
function nextSort(column) {
  const both = [column, `-${column}`];
  if (!ASCENDING.includes(column)) both.reverse();
  return [...both, ""][both.indexOf(view.sort) + 1] ?? "";
}

function showSort() {
  for (const head of heads()) {
    const column = head.dataset["sort"] ?? "";
    if (view.sort === column) head.setAttribute("aria-sort", "ascending");
    else if (view.sort === `-${column}`) head.setAttribute("aria-sort", "descending");
    else head.removeAttribute("aria-sort");
  }
}
