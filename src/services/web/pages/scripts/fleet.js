// The pages over all hosts where scripts run: they are kept current, ask before what cannot be undone, and stay where they are when
// a button is used.

import { ask, isAsking, say, showLive } from "./page.js";
import { keepOpen } from "./stream.js";

/** Uptimes grow without an event. */
const RENEW_MS = 30_000;
const RETRY_MS = 5000;

let isFetching = false;
let isStale = false;

/** Takes the rows and the counts of a fresh page; what a person has typed stays. */
async function renew() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  while (isStale && !document.hidden && !isAsking()) {
    isStale = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const place of ["#rows", ".counts", ".total"]) {
        const [old, fresh] = [document.querySelector(place), page.querySelector(place)];
        if (old === null || fresh === null || old.innerHTML === fresh.innerHTML) continue;
        const focused = controls(old).findIndex((each) => each.matches(":focus"));
        old.innerHTML = fresh.innerHTML;
        if (focused >= 0) controls(old)[focused]?.focus();
      }
    } catch {
      showLive(false, "live");
    }
  }
  isFetching = false;
}

/** @param {Element} within @returns {HTMLElement[]} */
function controls(within) {
  return [...within.querySelectorAll("a, button")].map((each) => /** @type {HTMLElement} */ (each));
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post") return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (button !== null) void act(form, button);
});

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function act(form, button) {
  const question = button.dataset["ask"];
  if (question !== undefined && !(await ask(question))) return;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.set(name, String(value));
  fields.set(button.name, button.value);
  try {
    const answer = await fetch(form.action, {
      ...{ method: "POST", body: fields, headers: { Accept: "application/json" } },
    });
    const { ok, message } = await answer.json();
    say(message, ok);
  } catch {
    say("ERROR: no answer; the action may or may not have been executed", false);
  }
  await renew();
}

keepOpen({
  address: () => "events/changes",
  listen(source) {
    source.addEventListener("open", () => {
      showLive(true, "live");
      void renew();
    });
    source.addEventListener("changed", () => void renew());
  },
  lost: () => showLive(false, "live"),
  retryMs: () => RETRY_MS,
});
setInterval(() => void renew(), RENEW_MS);
