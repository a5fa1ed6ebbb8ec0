// Which requests are for the web page: checked for each request without another route, so that the page is loaded only
// when it is needed.

import type { Permission } from "../../core/access/permissions.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";

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
    parts: [
      "base",
      "frame",
      "controls",
      "states",
      "programs",
      "program",
      "runs",
      "logs",
      "doctor",
      "cards",
    ].map((part) => `stylesheets/${part}.css`),
  },
  ...Object.fromEntries(
    [
      ...["status", "live", "list", "table", "picks", "view", "trends", "counts", "focus"],
      ...["page", "stream", "clock", "program", "charts", "tail", "logs", "doctor"],
    ].map((name) => {
      const file = `scripts/${name}.js`;
      return [file, { type: "text/javascript;charset=utf-8", parts: [file] }];
    }),
  ),
  "images/icon.png": { type: "image/png", parts: ["images/icon.png"] },
  // The library of the charts, which only the page of a program asks for.
  "scripts/uplot.js": {
    type: "text/javascript;charset=utf-8",
    parts: ["node_modules/uplot/dist/uPlot.iife.min.js"],
  },
  "stylesheets/uplot.css": {
    type: "text/css;charset=utf-8",
    parts: ["node_modules/uplot/dist/uPlot.min.css"],
  },
};

/** The paths of the pages, and of what they fetch. */
export const PAGES: ReadonlySet<string> = new Set([
  ...(["index.html", "tail.html", "program.html", "ok.html"] as const),
  ...(["logs.html", "logs.txt", "download", "events/logs"] as const),
  ...(["doctor.html", "login", "logout"] as const),
  ...(["events/status", "events/program", "events/tail", "events/log"] as const),
  ...(["trends", "api/v1/events"] as const),
]);

/** What it takes to see a page or a file. An action needs more: see `permissionFor`. */
const ANY: Permission = "read";

/** What every client is given: who signs in has no name yet. */
const OPEN: ReadonlySet<string> = new Set([
  ...["login", "logout", "stylesheets/supervisor.css", "images/icon.png"],
]);

/** What it takes to be answered by the web page; null for a request that is none of its own. */
export function webPermission(method: string, target: string): Permission | "none" | null {
  const name = pageName(target);
  const reads = method === "GET" || method === "HEAD";
  const permission = OPEN.has(name) ? "none" : ANY;
  if (Object.hasOwn(FILES, name)) return reads ? permission : null;
  return PAGES.has(name) && (reads || method === "POST") ? permission : null;
}

/** The path without leading slashes and query; `index.html` for the root. */
export function pageName(target: string): string {
  const path = (target.split(/[?;#]/, 1)[0] ?? "").replace(/^\/+/, "");
  return path === "" ? "index.html" : path;
}

const SHOWN = /^(?:(?:index|tail|program|logs|doctor)\.html|\.\/)(?:\?[\w.~%&=:*+-]*)?$/;

/** Of a session: see `Guard.cookie`. */
const COOKIE = /(?:^|;\s*)tsv_\d+=/;
const SIGNED_OUT: HttpReply = {
  ...{ kind: "whole", status: 401, body: "Sign in again.\n" },
  headers: [["Content-Type", "text/plain;charset=utf-8"]],
};

/** A page of ours, as a relative address that a browser may be sent to; the list of programs for any other text. */
export function pageAfter(text: string): string {
  return SHOWN.test(text) ? text : "./";
}

/**
 * Sends a browser without a name to the page that asks for it; null for requests of programs, and of browsers for anything but a page.
 * @remarks The address is relative, as the browser sees it behind a proxy.
 */
export function signInReply({ method, target, header }: HttpRequest): HttpReply | null {
  if (header("authorization") !== null) return null;
  const isPage = method === "GET" && SHOWN.test(pageName(target));
  // A session has ended: the browser must not ask on its own for what a page fetches.
  if (!isPage && COOKIE.test(header("cookie") ?? "")) return SIGNED_OUT;
  if (!isPage || header("accept")?.includes("text/html") !== true) return null;
  const next = pageAfter(target.replace(/^\/+(?=\?)/, "./").replace(/^\/+/, ""));
  const query = next === "./" ? "" : `?next=${encodeURIComponent(next)}`;
  const headers = [
    ["Location", `login${query}`],
    ["Cache-Control", "no-store"],
  ] as const;
  return { kind: "whole", status: 303, headers, body: "" };
}
