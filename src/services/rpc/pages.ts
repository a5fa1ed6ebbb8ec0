// The short replies to requests that are no calls: Supervisor's error page, byte for byte; one that people can read, for browsers;
// and problems, in the JSON API.

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

/** Of an address; a longer one is an accident. */
const MOST_STEPS = 100;

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

/** What a person is told. */
const SENTENCES: { readonly [status in ErrorStatus]?: string } = {
  401: "Name and password are needed.",
  403: "You are not permitted to see this page.",
  404: "There is no such page.",
  503: "Other passwords are being compared: try again.",
};

/** The page for `status` that a browser shows. @param target of the request, from which links lead to the list of programs */
export function browserPage(
  status: ErrorStatus,
  target: string,
  headers: HttpHeaders = [],
): HttpReply {
  const path = target.split(/[?;#]/, 1)[0] ?? "";
  // A target may be no path: `*`.
  const steps = Math.max(0, path.split("/").length - 2);
  const up = "../".repeat(Math.min(MOST_STEPS, steps)) || "./";
  const title = PHRASES[status];
  const body = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" type="image/png" href="${up}images/icon.png">
<link rel="stylesheet" href="${up}stylesheets/supervisor.css">
</head>
<body>
<main class="narrow">
<div class="question">
<h1>${title}</h1>
<p>${SENTENCES[status] ?? `Error code ${status}.`}</p>
<p><a class="do" href="${up}">All programs</a></p>
</div>
</main>
</body>
</html>
`;
  const policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return {
    ...{ kind: "whole", status, body },
    headers: [
      ...headers,
      ["Content-Type", "text/html;charset=utf-8"],
      ["Content-Security-Policy", policy],
    ],
  };
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
