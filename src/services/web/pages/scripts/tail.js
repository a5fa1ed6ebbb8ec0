// A log's page where scripts run: it follows the log through rotation, clear and restarts of the daemon, and stands
// still while a person reads further up.

import { appendText, ask, element, send, showLive } from "./page.js";
import { keepOpen } from "./stream.js";

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
  appendText(log, text, MOST_CHARACTERS);
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

/** Behind what was shown last; empty while nothing was, and for logs whose bytes are not counted. */
let place = "";
let hasFollowed = false;
let retryMs = FIRST_RETRY_MS;

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

if (stream !== "") {
  keepOpen({
    // A new source, unlike a reconnecting one, does not send where the last one ended.
    address: () => stream + (place === "" ? "" : `&after=${encodeURIComponent(place)}`),
    listen(source) {
      source.addEventListener("start", ({ data, lastEventId }) => {
        begin(JSON.parse(data));
        place = lastEventId;
      });
      source.addEventListener("message", ({ data, lastEventId }) => {
        append(JSON.parse(data));
        place = lastEventId;
      });
    },
    lost() {
      isConnected = false;
      showFollowing();
    },
    retryMs() {
      const now = retryMs;
      retryMs = Math.min(now * 2, SLOWEST_RETRY_MS);
      return now;
    },
  });
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

window.addEventListener("pageshow", goToEnd);
