// Headers of every answer, including errors and broken requests. They prevent a browser from treating an answer as a script or
// a page, from embedding it in another site's page, and from caching it. A reply may override them: pages allow their own
// scripts, files may be cached.

import type { HttpHeaders } from "../../ports/http-server.ts";

/** In the order in which they are sent. */
export const GUARDS: HttpHeaders = [
  ["X-Content-Type-Options", "nosniff"],
  [
    "Content-Security-Policy",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["X-Frame-Options", "DENY"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // Not no-referrer: with that, browsers would send forms of ours with the origin "null".
  ["Referrer-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
];

/** The same as lines of a head, each with its end. */
export const GUARD_LINES = GUARDS.map(([name, value]) => `${name}: ${value}\r\n`).join("");
