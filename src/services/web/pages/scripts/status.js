// The status page where scripts run: it is kept true by server-sent events, sends actions without leaving, filters, and
// asks before many programs are stopped. Without it the same page works by forms and links.

import "./live.js";
import { ask, element, isAsking, send } from "./page.js";
import { applyFilter, armCounts, shownCount, showSummary } from "./rows.js";

const form = /** @type {HTMLFormElement} */ (element("act"));
const search = /** @type {HTMLInputElement} */ (element("search"));

/** @param {HTMLButtonElement} button */
async function act(button) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.set(name, String(value));
  fields.set(button.name, button.value);
  button.setAttribute("aria-busy", "true");
  await send(button.formAction, fields);
  button.removeAttribute("aria-busy");
}

/** The question before an action on all programs: a filter does not limit it. @param {HTMLButtonElement} button */
function askAll(button) {
  const { all, shown } = shownCount();
  const verb = button.textContent.split(" ", 1)[0];
  const count = all === 1 ? "the only program" : `all ${all} programs`;
  return shown === all ? `${verb} ${count}?` : `${verb} ${count}, not only the ${shown} shown?`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // Enter in the filter submits too, by whichever button comes first: that is not meant.
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement) || document.activeElement === search) return;
  if (button.getAttribute("aria-busy") === "true") return;
  const question = button.dataset["askAll"] === undefined ? button.dataset["ask"] : askAll(button);
  if (question === undefined) void act(button);
  else void ask(question).then((yes) => (yes ? act(button) : undefined));
});

search.addEventListener("input", applyFilter);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement || isAsking();
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

// A message is told once, not again with each reload.
if (location.search !== "") history.replaceState(null, "", "./");
element("filter").hidden = false;
armCounts();
applyFilter();
showSummary(element("programs").dataset["summary"] ?? "");
