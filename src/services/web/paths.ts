// Which requests are for the web page; asked of each that is for nobody else, so that the page itself is loaded only
// when it is wanted.

import { pageName } from "../../core/web/form.ts";

/** A file under an address of its own. */
export interface PublicFile {
  readonly type: string;
  /** Names of assets. */
  readonly parts: readonly string[];
}

/** The files that browsers are given: their types, and what they are put together from. */
export const FILES: Readonly<Record<string, PublicFile>> = {
  "stylesheets/supervisor.css": {
    type: "text/css;charset=utf-8",
    parts: ["base", "frame", "controls", "states", "programs", "cards"].map(
      (part) => `stylesheets/${part}.css`,
    ),
  },
  "scripts/status.js": script("status"),
  "scripts/live.js": script("live"),
  "scripts/rows.js": script("rows"),
  "scripts/page.js": script("page"),
  "scripts/tail.js": script("tail"),
  "images/icon.png": { type: "image/png", parts: ["images/icon.png"] },
};

function script(name: string): PublicFile {
  return { type: "text/javascript;charset=utf-8", parts: [`scripts/${name}.js`] };
}

const PAGES = ["index.html", "tail.html", "ok.html", "events/status", "events/tail"];

/** True for what the web page answers. */
export function isWebRequest(method: string, target: string): boolean {
  const name = pageName(target);
  const reads = method === "GET" || method === "HEAD";
  if (Object.hasOwn(FILES, name)) return reads;
  return PAGES.includes(name) && (reads || method === "POST");
}
