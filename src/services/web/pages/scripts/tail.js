// A log's page where scripts run: it goes on by itself, through rotation, clear and restarts of the daemon, and stands
// still while somebody reads further up.

import { ask, element, send, showLive } from "./page.js";

const log = element("log");
const followButton = element("follow");
const stream = document.body.dataset["stream"] ?? "";

/** So much is kept in the page; the oldest goes first. */
const MOST_CHARACTERS = 2_000_000;
const FIRST_RETRY_MS = 1000;
const SLOWEST_RETRY_MS = 30_000;

let atEnd = true;
let unseen = 0;
let isConnected = false;

/** A log that is scrolled up stands still. */
function showFollowing() {
  showLive(isConnected, atEnd ? "following" : "paused");
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 24;
}

function goToEnd() {
  atEnd = true;
  unseen = 0;
  followButton.hidden = true;
  log.scrollTop = log.scrollHeight;
  if (isConnected) showFollowing();
}

log.addEventListener("scroll", () => {
  atEnd = isAtEnd();
  if (isConnected) showFollowing();
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

/** A line of the page's own among those of the log. @param {string} text */
function note(text) {
  const isMidLine = log.lastChild !== null && !log.textContent.endsWith("\n");
  append(`${isMidLine ? "\n" : ""}==> ${text} <==\n`);
}

/** @type {EventSource | null} */
let source = null;
/** Behind what was shown last; empty while nothing was, and for logs whose bytes are not counted. */
let place = "";
let hasFollowed = false;
let retryMs = FIRST_RETRY_MS;
let retry = 0;

/** @param {{isFresh: boolean, missing: number}} joint how the stream joins what stands here */
function begin({ isFresh, missing }) {
  retryMs = FIRST_RETRY_MS;
  isConnected = true;
  showFollowing();
  if (isFresh) {
    // What comes first is the end of the log, most of which stands here already.
    log.replaceChildren();
    if (hasFollowed) note("connected again: lines between these and earlier ones may be missing");
  } else if (missing > 0) {
    const bytes = missing === 1 ? "1 byte is" : `${missing} bytes are`;
    note(`${bytes} missing: the log was cleared or grew too fast`);
  }
  hasFollowed = true;
}

function connect() {
  if (stream === "" || source !== null || document.hidden) return;
  clearTimeout(retry);
  // The browser itself tells only in later requests of this source where the last one ended.
  const after = place === "" ? "" : `&after=${encodeURIComponent(place)}`;
  const mine = new EventSource(stream + after);
  source = mine;
  mine.addEventListener("start", ({ data, lastEventId }) => {
    begin(JSON.parse(data));
    place = lastEventId;
  });
  mine.addEventListener("message", ({ data, lastEventId }) => {
    append(JSON.parse(data));
    place = lastEventId;
  });
  mine.addEventListener("error", () => {
    isConnected = false;
    showFollowing();
    // Browsers come back by themselves, except after an answer that is no stream.
    if (source !== mine || mine.readyState !== EventSource.CLOSED) return;
    source = null;
    retry = window.setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
  });
}

function disconnect() {
  source?.close();
  source = null;
  clearTimeout(retry);
}

/** A page that nobody sees asks for nothing. */
function watchVisibility() {
  if (document.hidden) disconnect();
  else connect();
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
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", () => {
  connect();
  goToEnd();
});
