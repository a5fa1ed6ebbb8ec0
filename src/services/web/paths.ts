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
  ...Object.fromEntries(
    ["status", "live", "rows", "page", "stream", "clock", "program", "tail"].map((name) => {
      const file = `scripts/${name}.js`;
      return [file, { type: "text/javascript;charset=utf-8", parts: [file] }];
    }),
  ),
  "images/icon.png": { type: "image/png", parts: ["images/icon.png"] },
};

const PAGES: ReadonlySet<string> = new Set([
  ...(["index.html", "tail.html", "program.html", "ok.html"] as const),
  ...(["events/status", "events/program", "events/tail", "events/log"] as const),
  "api/v1/events",
]);

/** What it takes to see a page or a file. An action needs more: see `permissionFor`. */
const ANY: Permission = "read";

/** What it takes to be answered by the web page; null for a request that is none of its own. */
export function webPermission(method: string, target: string): Permission | null {
  const name = pageName(target);
  const reads = method === "GET" || method === "HEAD";
  if (Object.hasOwn(FILES, name)) return reads ? ANY : null;
  return PAGES.has(name) && (reads || method === "POST") ? ANY : null;
}

/** The path without leading slashes and query; `index.html` for the root. */
export function pageName(target: string): string {
  const path = (target.split(/[?;#]/, 1)[0] ?? "").replace(/^\/+/, "");
  return path === "" ? "index.html" : path;
}
