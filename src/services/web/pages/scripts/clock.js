// Times that go on: how long something is up, how long ago it was, how long it takes.

/** Server time minus browser time, in seconds. */
const shift = Number(document.body.dataset["now"]) - Date.now() / 1000;

/** Seconds since 1970, by the server's clock. */
export function now() {
  return Date.now() / 1000 + shift;
}

/** `0:01:02`, `1 day, 0:00:05`. @param {number} seconds */
function uptime(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const clock = `${Math.floor((total % 86400) / 3600)}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

/** `12s ago`, `5m ago`. @param {number} seconds */
function ago(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  if (total < 60) return `${total}s ago`;
  if (total < 3600) return `${Math.floor(total / 60)}m ago`;
  return total < 86400 ? `${Math.floor(total / 3600)}h ago` : `${Math.floor(total / 86400)}d ago`;
}

/** @param {string | undefined} kind @param {number} at */
function textOf(kind, at) {
  const seconds = now() - at;
  if (kind === "ago") return ago(seconds);
  return kind === "until" ? `${Math.max(0, Math.ceil(-seconds))} s` : uptime(seconds);
}

/** Shows all times of a part of the page as they are now; of a page without a connection they stand still. @param {ParentNode} part */
export function tick(part) {
  if (document.body.classList.contains("stale")) return;
  for (const each of part.querySelectorAll("[data-tick], [data-up]")) {
    if (!(each instanceof HTMLElement)) continue;
    const { tick, at, up } = each.dataset;
    const text = textOf(tick, Number(at ?? up));
    if (each.textContent !== text) each.textContent = text;
  }
}
