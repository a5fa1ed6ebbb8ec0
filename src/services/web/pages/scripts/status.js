// The status page where scripts run: it is kept true by server-sent events, sends actions without leaving, filters, and
// asks before many programs are stopped. Without it the same page works by forms and links.

import "./live.js";
import { armCounts, showSummary } from "./counts.js";
import { applyView, counts } from "./list.js";
import { ask, element, fieldsOf, isAsking, send } from "./page.js";
import { armTable } from "./table.js";
import { view } from "./view.js";

const form = element("act");
const search = /** @type {HTMLInputElement} */ (element("search"));
// Only a page without scripts needs the form. In a form, Chromium looks through all its buttons whenever a row with a button is
// moved or replaced, which takes seconds for a thousand rows.
form.replaceWith(...form.childNodes);

/** @param {HTMLButtonElement} button */
async function act(button) {
  button.setAttribute("aria-busy", "true");
  await send("index.html", fieldsOf(button.name, button.value));
  button.removeAttribute("aria-busy");
}

/** The question before an action on all programs: a filter does not limit it. @param {HTMLButtonElement} button */
function askAll(button) {
  const { all, shown } = counts();
  const verb = button.textContent.split(" ", 1)[0];
  const count = all === 1 ? "the only program" : `all ${all} programs`;
  return shown === all ? `${verb} ${count}?` : `${verb} ${count}, not only the ${shown} shown?`;
}

element("content").addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button[name]") : null;
  if (!(button instanceof HTMLButtonElement)) return;
  if (button.getAttribute("aria-busy") === "true") return;
  const question = button.dataset["askAll"] === undefined ? button.dataset["ask"] : askAll(button);
  if (question === undefined) void act(button);
  else void ask(question).then((yes) => (yes ? act(button) : undefined));
});

search.addEventListener("input", () => {
  view.words = search.value;
  applyView();
});
document.addEventListener("keydown", (event) => {
  const isField = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  const typing = isField || isAsking();
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

/** A button that is pressed or not. @param {string} id @param {"only" | "flat"} what */
function armToggle(id, what) {
  const button = element(id);
  const show = () => button.setAttribute("aria-pressed", String(view[what]));
  button.addEventListener("click", () => {
    view[what] = !view[what];
    show();
    applyView();
  });
  show();
}

search.value = view.words;
armToggle("only", "only");
armToggle("flat", "flat");
element("filter").hidden = false;
armCounts();
armTable();
showSummary(element("programs").dataset["summary"] ?? "");
