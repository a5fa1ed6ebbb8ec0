// Common code of the pages' scripts.

/** @param {string} id @returns {HTMLElement} */
export function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

/**
 * Shows a message.
 * @param {string} text @param {boolean} good
 * @param {string | null} [why] the page of the program that failed
 */
export function say(text, good, why = null) {
  const line = document.createElement("p");
  line.className = `status_msg ${good ? "success" : "failure"}`;
  line.textContent = text;
  if (why !== null && document.body.dataset["page"] !== "program") {
    const link = document.createElement("a");
    link.href = why;
    link.textContent = "Why?";
    line.append(" ", link);
  }
  element("message").replaceChildren(line);
}

/**
 * Appends text to a log. Pieces go as they came: a page need not know of lines.
 * @param {HTMLElement} log @param {string} text @param {number} most characters that are kept; the oldest go first
 */
export function appendText(log, text, most) {
  log.append(text);
  let length = log.textContent?.length ?? 0;
  while (length > most && log.firstChild !== log.lastChild && log.firstChild !== null) {
    length -= log.firstChild.textContent?.length ?? 0;
    log.firstChild.remove();
  }
}

/** No press lasts longer: its end may be missed outside the window. */
const MOST_PRESS_MS = 2000;
let pressedAt = -MOST_PRESS_MS;

document.addEventListener("pointerdown", () => (pressedAt = performance.now()), true);
for (const end of ["pointerup", "pointercancel", "dragend"]) {
  // The click comes right after it.
  document.addEventListener(end, () => setTimeout(() => (pressedAt = -MOST_PRESS_MS)), true);
}

/** Runs a change of the page when nothing is pressed: a press on an element that is replaced meanwhile would be lost. */
export function whenReleased(/** @type {() => void} */ change) {
  if (performance.now() - pressedAt >= MOST_PRESS_MS) change();
  else setTimeout(() => whenReleased(change), 20);
}

let wasOn = false;

/** Shows whether the page is kept up to date. @param {boolean} on @param {string} word */
export function showLive(on, word) {
  const place = element("live");
  place.hidden = false;
  place.classList.toggle("on", on);
  place.classList.toggle("off", !on);
  document.body.classList.toggle("stale", !on);
  if (on) element("live-text").textContent = word;
  else if (wasOn || element("live-text").textContent === word) {
    element("live-text").textContent = `not connected since ${new Date().toLocaleTimeString()}`;
  }
  wasOn = on;
}

/** What a button of the list sends: with the token, which the daemon requires. @param {string} name @param {string} value */
export function fieldsOf(name, value) {
  const token = document.querySelector('input[name="token"]')?.getAttribute("value") ?? "";
  return new URLSearchParams({ token, [name]: value });
}

/**
 * Sends an action without leaving the page, and shows its message.
 * @param {string} address @param {URLSearchParams} fields @returns {Promise<boolean>} whether it went well
 */
export async function send(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fields,
    });
    const { ok, message, program } = await answer.json();
    say(message, ok, program ?? null);
    return ok;
  } catch {
    say("ERROR: No response from the daemon; the action may or may not have been executed", false);
    return false;
  }
}

/** Asks before an action that cannot be undone. @param {string} question @returns {Promise<boolean>} */
export function ask(question) {
  const dialog = /** @type {HTMLDialogElement} */ (element("ask"));
  element("ask-text").textContent = question;
  element("ask-yes").textContent = question.split(" ", 1)[0] ?? "Yes";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** True while a question is open. */
export function isAsking() {
  return /** @type {HTMLDialogElement} */ (element("ask")).open;
}
