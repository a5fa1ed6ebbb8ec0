// The head of a reply, and the headers of every answer.

import type { HttpHeaders } from "../../ports/http-server.ts";

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  303: "See Other",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  411: "Length Required",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * They prevent a browser from treating an answer as a script or a page, from embedding it in another site's page, and from
 * caching it. A reply may override them: pages allow their own scripts, files may be cached.
 */
const GUARDS: HttpHeaders = [
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

/** The head of a reply, up to its empty line. @param headers those of the reply override the headers of every answer */
export function headText(status: number, headers: HttpHeaders): string {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  let text = `HTTP/1.1 ${status} ${PHRASES[status] ?? "Unknown"}\r\n`;
  for (const [name, value] of GUARDS) {
    if (!given.has(name.toLowerCase())) text += `${name}: ${value}\r\n`;
  }
  for (const [name, value] of headers) text += `${name}: ${headerValue(value)}\r\n`;
  return `${text}Date: ${new Date().toUTCString()}\r\n\r\n`;
}

/** No value ends a header, whatever it was made from. */
function headerValue(value: string): string {
  return value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "");
}
