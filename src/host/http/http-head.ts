// The head of a reply, passed as one list: setting a single header costs as much as all of them together.

import type { ServerResponse } from "node:http";
import type { HttpHeaders } from "../../ports/http-server.ts";
import { GUARDS } from "./http-guards.ts";

const LOWER_CASE = GUARDS.map(([name]) => name.toLowerCase());

/**
 * Begins a reply: the server's name, what every answer has, what this one has.
 * @param own what the connection adds
 */
export function writeHead(
  response: ServerResponse,
  status: number,
  serverName: string,
  headers: HttpHeaders,
  ...own: HttpHeaders
): void {
  const list = ["Server", serverName];
  for (const [i, [name, value]] of GUARDS.entries()) {
    if (!isIn(LOWER_CASE[i] ?? "", headers)) list.push(name, value);
  }
  for (const [name, value] of headers) list.push(name, value);
  for (const [name, value] of own) list.push(name, value);
  response.writeHead(status, list);
}

function isIn(lowerCase: string, headers: HttpHeaders): boolean {
  return headers.some(
    ([name]) => name.length === lowerCase.length && name.toLowerCase() === lowerCase,
  );
}
