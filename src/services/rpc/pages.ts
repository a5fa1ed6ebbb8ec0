// The short replies that are not XML-RPC: Supervisor's error page, byte for byte.

import type { HttpHeaders, HttpReply } from "../../ports/http-server.ts";

const PHRASES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Time-out",
  411: "Length Required",
  413: "Request Entity Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

type ErrorStatus = keyof typeof PHRASES;

/** The page for `status`. */
export function errorPage(status: ErrorStatus, headers: HttpHeaders = []): HttpReply {
  const lines = [
    "<head>",
    "<title>Error response</title>",
    "</head>",
    "<body>",
    "<h1>Error response</h1>",
    `<p>Error code ${status}.`,
    `<p>Message: ${PHRASES[status]}.`,
    "</body>",
    "",
  ];
  return {
    kind: "whole",
    status,
    headers: [...headers, ["Content-Type", "text/html"]],
    body: lines.join("\r\n"),
  };
}
