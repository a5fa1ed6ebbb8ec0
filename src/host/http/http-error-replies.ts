// Replies to requests that could not be answered.

import type { HttpReply } from "../../ports/http-server.ts";

type WholeReply = Extract<HttpReply, { kind: "whole" }>;

/** A handler failed. */
export const INTERNAL_SERVER_ERROR: WholeReply = {
  kind: "whole",
  status: 500,
  headers: [["Content-Type", "text/plain;charset=utf-8"]],
  body: "Internal error of tsv; see its activity log.\n",
};

/** There is no memory for the request. */
export const SERVICE_UNAVAILABLE: WholeReply = {
  kind: "whole",
  status: 503,
  headers: [
    ["Retry-After", "5"],
    ["Content-Type", "text/plain;charset=utf-8"],
  ],
  body: "Other requests use all memory that tsv has for requests.\n",
};
