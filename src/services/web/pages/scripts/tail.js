// A log's page where scripts run: it goes on by itself, through rotation, clear and restarts of the daemon, and stands
// still while somebody reads further up.

import { ask, element, send, showLive } from "./page.js";

const log = element("log");
const followButton = element("follow");
const stream = document.body.dataset["stream"] ?? "";

/** So much is kept in the page; the oldest goes first. */
const MOST_CHARACTERS = 2_000_000;
/** Longest that anything of a terminal sequence is waited for. */
const LONGEST_ESCAPE = 200;
const SLOWEST_RETRY_MS = 30_000;

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** @param {string} text */
function plain(text) {
  return text.replace(ESCAPES, "").replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code === 0x7f ? "\u2421" : String.fromCharCode(0x2400 + code);
  });
}

let atEnd = true;
let unseen = 0;

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 24;
}

function goToEnd() {
  atEnd = true;
  unseen = 0;
  followButton.hidden = true;
  log.scrollTop = log.scrollHeight;
}

log.addEventListener("scroll", () => {
  atEnd = isAtEnd();
  if (atEnd) {
    unseen = 0;
    followButton.hidden = true;
  } else if (followButton.hidden) {
    followButton.hidden = false;
    followButton.textContent = "Follow";
  }
});
followButton.addEventListener("click", goToEnd);

/** @param {string} text */
function append(text) {
  if (text === "") return;
  log.append(text);
  let length = log.textContent.length;
  // Pieces go as they came: the page need not know of lines.
  while (length > MOST_CHARACTERS && log.firstChild !== log.lastChild && log.firstChild !== null) {
    length -= log.firstChild.textContent?.length ?? 0;
    log.firstChild.remove();
  }
  if (atEnd) {
    log.scrollTop = log.scrollHeight;
    return;
  }
  unseen += text.split("\n").length - 1;
  followButton.hidden = false;
  followButton.textContent = unseen === 0 ? "Follow" : `Follow, ${unseen} new lines`;
}

/** @type {AbortController | null} */
let reading = null;
let retryMs = 1000;
let retry = 0;

async function read(/** @type {AbortSignal} */ signal) {
  const answer = await fetch(stream, { signal, cache: "no-store" });
  if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
  retryMs = 1000;
  showLive(true, "following");
  // What comes first is what stands here already.
  log.replaceChildren();
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const text = held + decoder.decode(value, { stream: true });
    const begin = text.lastIndexOf("\x1b");
    const isCut =
      begin >= 0 && text.length - begin < LONGEST_ESCAPE && text.slice(begin).search(ESCAPES) < 0;
    held = isCut ? text.slice(begin) : "";
    append(plain(isCut ? text.slice(0, begin) : text));
  }
}

function start() {
  if (stream === "" || reading !== null || document.hidden) return;
  const mine = new AbortController();
  reading = mine;
  read(mine.signal)
    .catch(() => {}) // Whatever ended it, it is begun again below.
    .finally(() => {
      if (reading === mine) reading = null;
      if (mine.signal.aborted) return;
      showLive(false, "following");
      clearTimeout(retry);
      retry = window.setTimeout(start, retryMs);
      retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
    });
}

/** A page that nobody sees asks for nothing. */
function watchVisibility() {
  if (!document.hidden) {
    start();
    return;
  }
  reading?.abort();
  reading = null;
  clearTimeout(retry);
}

const form = /** @type {HTMLFormElement} */ (element("act"));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = event.submitter?.dataset["ask"];
  if (question !== undefined && !(await ask(question))) return;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, event.submitter)) fields.set(name, String(value));
  // Not form.action: the button of that name stands before it.
  if (!(await send(form.getAttribute("action") ?? "", fields))) return;
  log.replaceChildren();
  goToEnd();
});

document.addEventListener("visibilitychange", watchVisibility);
window.addEventListener("pagehide", () => {
  reading?.abort();
  reading = null;
});
window.addEventListener("pageshow", () => {
  start();
  goToEnd();
});
