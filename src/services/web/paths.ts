// Which requests are for the web page: checked for each request without another route, so that the page is loaded only
// when it is needed.

import type { Permission } from "../../core/access/permissions.ts";

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
    parts: ["base", "frame", "controls", "states", "programs", "program", "runs", "cards"].map(
      (part) => `stylesheets/${part}.css`,
    ),
  },
  "scripts/status.js": script("status"),
  "scripts/live.js": script("live"),
  "scripts/rows.js": script("rows"),
  "scripts/page.js": script("page"),
  "scripts/stream.js": script("stream"),
  "scripts/clock.js": script("clock"),
  "scripts/program.js": script("program"),
  "scripts/tail.js": script("tail"),
  "images/icon.png": { type: "image/png", parts: ["images/icon.png"] },
};

function script(name: string): PublicFile {
  return { type: "text/javascript;charset=utf-8", parts: [`scripts/${name}.js`] };
}

/** What it takes to see each page. An action needs more: see `permissionFor`. */
const PAGES: ReadonlyMap<string, Permission> = new Map([
  ["index.html", "read"],
  ["tail.html", "read"],
  ["program.html", "read"],
  ["ok.html", "read"],
  ["events/status", "read"],
  ["events/program", "read"],
  ["events/tail", "read"],
  ["events/log", "read"],
]);
const ANY_FILE: Permission = "read";

/** What it takes to be answered by the web page; null for a request that is none of its own. */
export function webPermission(method: string, target: string): Permission | null {
  const name = pageName(target);
  const reads = method === "GET" || method === "HEAD";
  if (Object.hasOwn(FILES, name)) return reads ? ANY_FILE : null;
  return reads || method === "POST" ? (PAGES.get(name) ?? null) : null;
}

/** The path without leading slashes and query; `index.html` for the root. */
export function pageName(target: string): string {
  const path = (target.split(/[?;#]/, 1)[0] ?? "").replace(/^\/+/, "");
  return path === "" ? "index.html" : path;
}
