// The CPU of the last hour in each row, as a line: drawn when the daemon has new values, at most once a minute.

import { allEntries } from "./list.js";
import { element } from "./page.js";

const MINUTE_MS = 60_000;
const SVG = "http://www.w3.org/2000/svg";
/** The largest level, and the number of steps. */
const [TOP, WIDTH] = [35, 60];

/** @type {Record<string, [levels: string, most: string]>} */
let trends = {};
let askedAt = Number.NEGATIVE_INFINITY;

/** Asks for new values when the last ones are old. */
export async function refreshTrends() {
  const isWanted = element("programs").querySelector("table.trends") !== null && !document.hidden;
  if (!isWanted || performance.now() - askedAt < MINUTE_MS) return;
  askedAt = performance.now();
  try {
    const answer = await fetch("trends", { cache: "no-store" });
    if (!answer.ok) return;
    trends = await answer.json();
    drawTrends();
  } catch {
    // The lines stay as they are.
  }
}

/** Draws the line of each row that has other values than it shows. */
export function drawTrends() {
  for (const { label, row } of allEntries()) {
    const cell = row.querySelector("td.trend");
    const [levels, most] = trends[label] ?? ["", ""];
    if (!(cell instanceof HTMLElement) || cell.dataset["levels"] === levels) continue;
    cell.dataset["levels"] = levels;
    cell.replaceChildren(...(levels === "" ? [] : [line(levels, most)]));
  }
}

/** @param {string} levels @param {string} most */
function line(levels, most) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${TOP + 2}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `CPU of the last hour, at most ${most}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", pathOf(levels));
  svg.append(path);
  return svg;
}

/** Levels end at the right edge; one between two gaps is a short stroke. @param {string} levels */
function pathOf(levels) {
  let isDown = false;
  const parts = Array.from(levels, (digit, at) => {
    if (digit === "-") {
      isDown = false;
      return "";
    }
    const point = `${WIDTH - levels.length + 1 + at} ${TOP + 1 - Number.parseInt(digit, TOP + 1)}`;
    const part = isDown ? `L${point}` : `M${point}h.1`;
    isDown = true;
    return part;
  });
  return parts.join("");
}
