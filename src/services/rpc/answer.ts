// An outcome as the reply that carries it. Small ones are one string; larger ones are written in parts, with turns of others
// in between, because no answer may hold up the daemon, or be in memory once more, however large it is.

import { free } from "../../core/base/free.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { encodeFault, responseParts } from "../../core/xmlrpc/encode.ts";
import { FAULT_CODES, type Fault, faultText } from "../../core/xmlrpc/faults.ts";
import { encodeJsonFault, JSON_TYPE, jsonParts } from "../../core/xmlrpc/json.ts";
import type { Parts } from "../../core/xmlrpc/parts.ts";
import type { HttpHeaders, HttpReply } from "../../ports/http-server.ts";
import type { Outcome } from "./method.ts";
import type { RequestWork } from "./request-work.ts";

/** How much is kept as it was written while the length is found out. Of more, everything is written a second time. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** Of a part on its way to the client: characters that take several bytes, and what is sent meanwhile. */
const PART_BYTES = 256 * 1024;

const ENCODER = new TextEncoder();

/** The account of the request, which knows what belongs to its answer. */
export type AnswerWork = RequestWork & { freeOwned(): void };

/**
 * The reply to a call.
 * @remarks Content-Length is always there, since some clients of Supervisor cannot read a reply without it.
 */
export async function replyTo(
  outcome: Outcome,
  wantsJson: boolean,
  work: AnswerWork,
): Promise<HttpReply> {
  const headers = [["Content-Type", wantsJson ? JSON_TYPE : "text/xml"]] as const;
  if (!outcome.ok) return faultReply(outcome.error, wantsJson, headers);
  const begin = (): Parts => (wantsJson ? jsonParts(outcome.value) : responseParts(outcome.value));
  const parts = begin();
  const first = parts.next() ?? "";
  if (parts.isDone) return { kind: "whole", status: 200, headers, body: first };
  const written = await write(first, parts, work);
  if (!written.ok) return faultReply(written.error, wantsJson, headers);
  const { length, kept } = written.value;
  const again = kept === null ? begin() : null;
  return {
    kind: "parts",
    status: 200,
    headers,
    length,
    async next() {
      if (again === null) return kept?.shift() ?? null;
      const pause = work.pause();
      if (pause !== null) await pause;
      const part = again.next();
      return part === null ? null : ENCODER.encode(part);
    },
    closed: () => work.freeOwned(),
  };
}

interface Written {
  /** Bytes. */
  readonly length: number;
  /** What was written; null when there was no room for all of it. */
  readonly kept: Uint8Array[] | null;
}

/** Writes all of an answer, to find out its length. */
async function write(
  first: string,
  parts: Parts,
  work: RequestWork,
): Promise<Result<Written, Fault>> {
  const refused = await work.reserve(PART_BYTES);
  if (refused !== null) return err(refused);
  let kept: Uint8Array[] | null = [];
  let length = 0;
  for (let part: string | null = first; part !== null; part = parts.next()) {
    const bytes = ENCODER.encode(part);
    length += bytes.length;
    if (kept !== null && length <= KEPT_BYTES && work.take(bytes.length)) {
      kept.push(bytes);
    } else {
      free(bytes);
      for (const each of kept ?? []) {
        work.release(each.length);
        free(each);
      }
      kept = null;
    }
    const pause = work.pause();
    if (pause !== null) await pause;
  }
  return ok({ length, kept });
}

function faultReply(fault: Fault, wantsJson: boolean, headers: HttpHeaders): HttpReply {
  const body = wantsJson
    ? encodeJsonFault(fault)
    : encodeFault(FAULT_CODES[fault.name], faultText(fault));
  return { kind: "whole", status: 200, headers, body };
}
