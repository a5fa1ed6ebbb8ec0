// The selection: a box in each row, ranges with Shift, and the actions on what is selected. A row that is not shown is not selected.

import { allEntries, entryOf, isVisible, visibleCount } from "./list.js";
import { ask, element, fieldsOf, send } from "./page.js";

const programs = element("programs");
const bar = document.getElementById("selected");
/** Names in a question. */
const MOST_ASKED = 5;

/** @type {Set<string>} */
const picked = new Set();
/** The row that a range begins at. */
let anchor = "";

/** Puts a box into each row; to be called when the table was replaced. */
export function armPicks() {
  const head = programs.querySelector("thead tr");
  if (bar === null || head === null) return;
  addBox(head, "Select all programs that are shown");
  for (const { label, row } of allEntries()) {
    addBox(row, `Select ${label}`).checked = picked.has(label);
  }
  showPicks();
}

/** @param {Element} row @param {string} label */
function addBox(row, label) {
  const cell = document.createElement("td");
  const input = document.createElement("input");
  cell.className = "pick";
  input.type = "checkbox";
  input.setAttribute("aria-label", label);
  cell.append(input);
  row.prepend(cell);
  return input;
}

/** Shows how much is selected, after that or what is shown has changed. */
export function showPicks() {
  if (bar === null) return;
  for (const label of picked) {
    const entry = entryOf(label);
    if (entry === undefined || !isVisible(entry)) pick(label, false);
  }
  const all = programs.querySelector("thead .pick input");
  if (all instanceof HTMLInputElement) {
    all.checked = picked.size > 0 && picked.size === visibleCount();
    all.indeterminate = picked.size > 0 && !all.checked;
  }
  bar.hidden = picked.size === 0;
  const text = `${picked.size} selected`;
  const place = element("selected-count");
  if (place.textContent !== text) place.textContent = text;
}

/** @param {string} label @param {boolean} isPicked */
function pick(label, isPicked) {
  if (isPicked) picked.add(label);
  else picked.delete(label);
  const input = entryOf(label)?.row.querySelector(".pick input");
  if (input instanceof HTMLInputElement) input.checked = isPicked;
}

programs.addEventListener("viewed", showPicks);

programs.addEventListener("click", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.closest(".pick") === null) return;
  const label = input.closest("tr")?.dataset["label"];
  const rows = Array.from(programs.querySelectorAll("tr.program"), (row) =>
    entryOf(row.getAttribute("data-label") ?? ""),
  )
    .filter((entry) => entry !== undefined)
    .filter(isVisible);
  const labels = rows.map((entry) => entry.label);
  const [from, to] = [labels.indexOf(anchor), labels.indexOf(label ?? "")];
  const isRange = event.shiftKey && from >= 0;
  const meant =
    label === undefined
      ? labels
      : isRange
        ? labels.slice(Math.min(from, to), Math.max(from, to) + 1)
        : [label];
  for (const each of meant) pick(each, input.checked);
  if (label !== undefined) anchor = label;
  showPicks();
});

bar?.addEventListener("click", (event) => {
  const button = event.target;
  if (!(button instanceof HTMLButtonElement)) return;
  const verb = button.dataset["verb"] ?? "";
  if (verb === "") {
    for (const label of picked) pick(label, false);
    showPicks();
    programs.querySelector("input")?.focus();
    return;
  }
  if (button.getAttribute("aria-busy") !== "true") void act(button, verb);
});

/** @param {HTMLButtonElement} button @param {string} verb */
async function act(button, verb) {
  const names = Array.from(picked);
  if (verb !== "start" && !(await ask(question(button.textContent, names)))) return;
  const fields = fieldsOf("action", `${verb}selected`);
  for (const name of names) fields.append("program", name);
  button.setAttribute("aria-busy", "true");
  await send("index.html", fields);
  button.removeAttribute("aria-busy");
}

/** The question that the page without scripts asks too. @param {string} word @param {string[]} names */
function question(word, names) {
  const more = names.length - MOST_ASKED;
  const listed = names.slice(0, MOST_ASKED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return names.length === 1 ? `${word} ${listed}?` : `${word} ${names.length} programs: ${listed}?`;
}
