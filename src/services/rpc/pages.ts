// The short replies to requests that are no calls: Supervisor's error page, byte for byte; and problems, in the JSON API.

import { PROBLEM_TYPE, type Problem } from "../../core/api/problems.ts";
import type { HttpHeaders, HttpReply } from "../../ports/http-server.ts";

const PHRASES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Time-out",
  411: "Length Required",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ErrorStatus = keyof typeof PHRASES;

/** A problem of the JSON API. */
export function problemReply(problem: Problem, headers: HttpHeaders = []): HttpReply {
  return {
    kind: "whole",
    status: problem.status,
    headers: [...headers, ["Content-Type", PROBLEM_TYPE]],
    body: `${JSON.stringify(problem)}\n`,
  };
}

/** A problem that HTTP alone explains. */
export function problemPage(
  status: ErrorStatus,
  headers: HttpHeaders = [],
  detail: string | null = null,
): HttpReply {
  const problem = { type: "about:blank", title: PHRASES[status], status };
  return problemReply(detail === null ? problem : { ...problem, detail }, headers);
}

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
