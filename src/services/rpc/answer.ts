// Encodes an outcome as a reply. Small ones are one string; larger ones are written in parts, with other work in between,
// because no answer may delay the daemon or be in memory twice.

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
  const begun = { parts: begin(), first: "" };
  begun.first = begun.parts.next() ?? "";
  if (begun.parts.isDone) return { kind: "whole", status: 200, headers, body: begun.first };
  const written = await write(begun, begin, work);
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

/** An answer of which one part is written. */
interface Begun {
  parts: Parts;
  first: string;
}

/** Writes all of an answer, to find out its length. */
async function write(
  begun: Begun,
  begin: () => Parts,
  work: RequestWork,
): Promise<Result<Written, Fault>> {
  if (!work.take(PART_BYTES)) {
    // It may wait for long, and many may: what is written of each is forgotten meanwhile.
    begun.first = "";
    const refused = await work.reserve(PART_BYTES);
    if (refused !== null) return err(refused);
    begun.parts = begin();
    begun.first = begun.parts.next() ?? "";
  }
  let kept: Uint8Array[] | null = [];
  let length = 0;
  for (let bytes = encodeNext(begun); bytes !== null; bytes = encodeNext(begun)) {
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

/** The next part in bytes. Its text lives no longer than this, be there a pause after it. */
function encodeNext(begun: Begun): Uint8Array | null {
  const part = begun.first === "" ? begun.parts.next() : begun.first;
  begun.first = "";
  return part === null ? null : ENCODER.encode(part);
}

function faultReply(fault: Fault, wantsJson: boolean, headers: HttpHeaders): HttpReply {
  const body = wantsJson
    ? encodeJsonFault(fault)
    : encodeFault(FAULT_CODES[fault.name], faultText(fault));
  return { kind: "whole", status: 200, headers, body };
}
