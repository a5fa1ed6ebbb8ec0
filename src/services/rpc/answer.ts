// Encodes an outcome as a reply. Small ones are one string; larger ones are written in parts, with other work in between,
// because no answer may delay the daemon or be in memory twice.

import { encodeFault, responseParts } from "../../core/xmlrpc/encode.ts";
import { FAULT_CODES, type Fault, faultText } from "../../core/xmlrpc/faults.ts";
import { encodeJsonFault, JSON_TYPE, jsonParts } from "../../core/xmlrpc/json.ts";
import type { Parts } from "../../core/xmlrpc/parts.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { Outcome } from "./method.ts";
import type { RequestWork } from "./request-work.ts";

/** How much is kept as it was written while the length is found out. More than that is written a second time. */
const KEPT_BYTES = 1024 * 1024;

const ENCODER = new TextEncoder();

/**
 * The reply to a call.
 * @remarks Content-Length is always there, since some clients of Supervisor cannot read a reply without it.
 */
export async function replyTo(
  outcome: Outcome,
  wantsJson: boolean,
  work: RequestWork,
): Promise<HttpReply> {
  if (!outcome.ok) return faultReply(outcome.error, wantsJson);
  const begin = (): Parts => (wantsJson ? jsonParts(outcome.value) : responseParts(outcome.value));
  const parts = begin();
  const first = parts.next() ?? "";
  if (parts.isDone) return { ...replyHead(wantsJson), kind: "whole", body: first };
  const refused = await work.reserve(Number.POSITIVE_INFINITY);
  if (refused !== null) return faultReply(refused, wantsJson);
  let kept: Uint8Array[] | null = [];
  let length = 0;
  for (let part: string | null = first; part !== null; part = parts.next()) {
    const bytes = ENCODER.encode(part);
    length += bytes.length;
    if (length > KEPT_BYTES) kept = null;
    kept?.push(bytes);
    const pause = work.pause();
    if (pause !== null) await pause;
  }
  const again = begin();
  return {
    ...replyHead(wantsJson),
    kind: "parts",
    length,
    async next() {
      if (kept !== null) return kept.shift() ?? null;
      const pause = work.pause();
      if (pause !== null) await pause;
      const part = again.next();
      return part === null ? null : ENCODER.encode(part);
    },
  };
}

function replyHead(
  wantsJson: boolean,
): Pick<Extract<HttpReply, { kind: "whole" }>, "status" | "headers"> {
  return { status: 200, headers: [["Content-Type", wantsJson ? JSON_TYPE : "text/xml"]] };
}

function faultReply(fault: Fault, wantsJson: boolean): HttpReply {
  const body = wantsJson
    ? encodeJsonFault(fault)
    : encodeFault(FAULT_CODES[fault.name], faultText(fault));
  return { ...replyHead(wantsJson), kind: "whole", body };
}
