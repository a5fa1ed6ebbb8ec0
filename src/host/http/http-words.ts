// Headers and addresses as the rest of the daemon wants to read them, and what is said when
// answering failed.

import type { HttpReply } from "../../ports/http-server.ts";

export type WholeReply = Extract<HttpReply, { kind: "whole" }>;

export const SERVER_ERROR: WholeReply = {
  kind: "whole",
  status: 500,
  headers: [["Content-Type", "text/plain;charset=utf-8"]],
  body: "The request failed inside tsv; its activity log says why.\n",
};

export const BUSY: WholeReply = {
  kind: "whole",
  status: 503,
  headers: [
    ["Retry-After", "5"],
    ["Content-Type", "text/plain;charset=utf-8"],
  ],
  body: "Other requests hold all the memory that tsv has for them.\n",
};

/** A header sent twice arrives as a list only for Set-Cookie, which no client sends. */
export function headerText(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}

/** An IPv4 client on a socket for both families is shown the way it is known. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
