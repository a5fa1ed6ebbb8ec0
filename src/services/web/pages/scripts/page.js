// What every page's script needs.

/** @param {string} id @returns {HTMLElement} */
export function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

/** @param {string} text @param {boolean} good */
export function say(text, good) {
  const line = document.createElement("p");
  line.className = `status_msg ${good ? "success" : "failure"}`;
  line.textContent = text;
  element("message").replaceChildren(line);
}

/** Shows whether the page is kept true. @param {boolean} on @param {string} word */
export function showLive(on, word) {
  const place = element("live");
  place.hidden = false;
  place.classList.toggle("on", on);
  element("live-text").textContent = on ? word : "not connected";
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
    const { ok, message } = await answer.json();
    say(message, ok);
    return ok;
  } catch {
    say("ERROR: The daemon did not answer; whether it has done this is not known", false);
    return false;
  }
}

/** Asks before something that cannot be taken back. @param {string} question @returns {Promise<boolean>} */
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
