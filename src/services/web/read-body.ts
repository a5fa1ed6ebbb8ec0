// The body of a form, of a bounded size.

import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import { textReply } from "./replies.ts";

/** A form of ours is a few hundred bytes. */
const MOST_FORM_BYTES = 64 * 1024;
const UTF8 = new TextDecoder("utf-8");

/** The text of a POST, or the reply to one that is refused. */
export async function readBody(request: HttpRequest): Promise<string | HttpReply> {
  const length = request.header("content-length");
  if (length === null && request.header("transfer-encoding") === null) {
    return textReply("A POST needs Content-Length.\n", 411);
  }
  if (Number(length ?? 0) > MOST_FORM_BYTES) return textReply("The form is too large.\n", 413);
  const body = await request.body();
  if (!body.ok) {
    if (body.error === "too large") return textReply("The form is too large.\n", 413);
    return textReply("The form did not arrive.\n", body.error === "timed out" ? 408 : 400);
  }
  if (body.value.length > MOST_FORM_BYTES) return textReply("The form is too large.\n", 413);
  return UTF8.decode(body.value);
}
