// The page of one program where scripts run: one stream of events keeps its state, usage and logs up to date.

import { tick } from "./clock.js";
import { appendText, ask, element, say, send, whenReleased } from "./page.js";
import { keepCurrent } from "./stream.js";

const body = document.body;
const name = body.dataset["name"] ?? "";
const stream = `events/program?processname=${name}`;
const address = `program.html?processname=${name}`;
/** The parts that a change of the program changes; the logs are not among them. */
const PARTS = ["state", "story", "config"];
const CHANNELS = ["stdout", "stderr"];
/** So much of a log is kept in the page; the oldest goes first. */
const MOST_CHARACTERS = 200_000;
/** `update` removes a program for a moment; after so many fetches without it the program is gone. */
const MOST_MISSES = 3;

let version = Number(body.dataset["version"]);

/** @param {string} channel @returns {HTMLElement | null} */
function logOf(channel) {
  return document.querySelector(`[data-channel="${channel}"] pre`);
}

/** Where a log is, or why there is none. @param {Document} page @param {string} channel */
function placeOf(page, channel) {
  return page.querySelector(`[data-channel="${channel}"] .soft`)?.textContent ?? "";
}

/** @param {HTMLElement} log */
function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 24;
}

/** What comes is shown at the end, unless a person has scrolled up. @param {HTMLElement} log @param {string} text */
function append(log, text) {
  if (text === "") return;
  const follows = isAtEnd(log);
  appendText(log, text, MOST_CHARACTERS);
  if (follows) log.scrollTop = log.scrollHeight;
}

/** A button of the state went away while it had the focus; the next one gets it. */
let isDisplaced = false;

/**
 * Replaces a part and keeps the focus: on the button of the same name, else on the part until it has a button again. Never on
 * another button meanwhile: a second press would do something that was not meant.
 * @param {Element} fresh
 */
function replacePart(fresh) {
  const old = document.getElementById(fresh.id);
  if (old === null) return;
  const had = document.activeElement;
  const isInside = had !== null && old.contains(had);
  const details = fresh.querySelector("details");
  if (details !== null) details.open = old.querySelector("details")?.open ?? false;
  if (old.isEqualNode(fresh)) return;
  old.replaceWith(fresh);
  if (!isInside || !(fresh instanceof HTMLElement)) return;
  const buttons = Array.from(fresh.querySelectorAll("button"));
  const same = buttons.find((each) => each.value === had.getAttribute("value"));
  const next = buttons.find((each) => each.matches(".start, .restart"));
  const place = same ?? (isDisplaced && had === old ? next : undefined) ?? fresh;
  if (place === fresh) fresh.tabIndex = -1;
  isDisplaced = place === fresh && (isDisplaced || had instanceof HTMLButtonElement);
  place.focus({ preventScroll: true });
}

let misses = 0;

async function takePage() {
  const answer = await fetch(address, { cache: "no-store" });
  misses = answer.status === 404 ? misses + 1 : 0;
  if (misses > 0) {
    if (misses >= MOST_MISSES) location.reload();
    else void refetch();
    return;
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  await new Promise((resolve) => whenReleased(() => resolve(null)));
  const isOther = page.body.dataset["boot"] !== body.dataset["boot"];
  if (isOther || CHANNELS.some((each) => placeOf(page, each) !== placeOf(document, each))) {
    location.reload();
    return;
  }
  version = Number(page.body.dataset["version"]);
  const before = element("state").dataset["state"];
  for (const id of PARTS) {
    const fresh = page.getElementById(id);
    if (fresh !== null) {
      tick(fresh);
      replacePart(document.adoptNode(fresh));
    }
  }
  const { state } = element("state").dataset;
  if (state !== before) element("announce").textContent = `${body.dataset["label"]}: ${state}`;
  showTitle();
}

/** @param {string} cpu @param {string} memory */
function showUsage(cpu = "–", memory = "–") {
  element("cpu").textContent = cpu;
  element("memory").textContent = memory;
}

/** @param {EventSource} source */
function listen(source) {
  source.addEventListener("changed", () => void refetch());
  source.addEventListener("usage", ({ data }) => showUsage(...JSON.parse(data)));
  for (const channel of CHANNELS) {
    source.addEventListener(`${channel}-start`, () => logOf(channel)?.replaceChildren());
    source.addEventListener(channel, ({ data }) => {
      const log = logOf(channel);
      if (log !== null) append(log, JSON.parse(data));
    });
  }
}

const refetch = keepCurrent({
  ...{ stream, home: address, takePage, listen },
  version: () => version,
  showTimes: () => tick(document),
});

function showTitle() {
  const { state } = element("state").dataset;
  document.title = `${body.dataset["label"]} ${state} – ${body.dataset["host"]}`;
}

/** Shows what the files say, in place. @param {HTMLButtonElement} button @param {URLSearchParams} fields */
async function showFiles(button, fields) {
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { method: "POST", body: fields });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("files");
    if (fresh === null) throw new Error(`status ${answer.status}`);
    element("files").replaceWith(fresh);
    fresh.focus({ preventScroll: true });
  } catch {
    button.removeAttribute("aria-busy");
    say("ERROR: The daemon did not show the files", false);
  }
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter: button } = event;
  if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return;
  // Signing out leaves the page.
  if (form.method !== "post" || form.getAttribute("action") === "logout") return;
  event.preventDefault();
  if (button.getAttribute("aria-busy") === "true") return;
  const fields = new URLSearchParams();
  for (const [key, value] of new FormData(form, button)) fields.set(key, String(value));
  if (button.name === "show") {
    await showFiles(button, fields);
    return;
  }
  const signal = fields.get("signal");
  const question =
    signal === null ? button.dataset["ask"] : `Send ${signal} to ${body.dataset["label"]}?`;
  if (question !== undefined && !(await ask(question))) return;
  button.setAttribute("aria-busy", "true");
  const isDone = await send(
    button.hasAttribute("formaction") ? button.formAction : address,
    fields,
  );
  button.removeAttribute("aria-busy");
  if (isDone && fields.get("action") === "clearlog")
    for (const each of CHANNELS) logOf(each)?.replaceChildren();
});

// A message is told once, not again with each reload.
if (new URLSearchParams(location.search).has("message")) history.replaceState(null, "", address);
for (const channel of CHANNELS) {
  const log = logOf(channel);
  if (log !== null) log.scrollTop = log.scrollHeight;
}
showTitle();
