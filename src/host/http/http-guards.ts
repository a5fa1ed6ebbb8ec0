// Headers of every answer, wherever it is made: errors and broken requests too. They keep a browser from taking an answer for
// a script or a page, from showing it inside of another site's page, and from keeping it. A reply may have others of the
// same name: pages allow their own scripts, files may be kept.

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
