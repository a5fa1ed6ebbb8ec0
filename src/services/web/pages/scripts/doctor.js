// The page of the doctor where scripts run: commands are copied with a button, and an examination shows that it is in progress.

import { tick } from "./clock.js";
import { element } from "./page.js";

for (const button of document.querySelectorAll("button.copy")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.hidden = false;
  button.addEventListener("click", () => void copy(button));
}

/** Without TLS, browsers have a clipboard only for addresses of their own host: then the commands are selected. @param {HTMLButtonElement} button */
async function copy(button) {
  const commands = button.previousElementSibling;
  if (commands === null) return;
  getSelection()?.selectAllChildren(commands);
  let text = "Press Ctrl+C";
  try {
    await navigator.clipboard.writeText(commands.textContent ?? "");
    text = "Copied";
  } catch {
    // No clipboard, or not permitted.
  }
  button.textContent = text;
}

element("examine").addEventListener("submit", ({ target }) => {
  const button = target instanceof HTMLFormElement ? target.querySelector("button") : null;
  if (button === null) return;
  button.setAttribute("aria-busy", "true");
  button.textContent = "Examining…";
});

setInterval(() => tick(document), 1000);
