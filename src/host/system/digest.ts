// Digests of data, which tell later whether it is the same.

import { createHash } from "node:crypto";
import { serialize } from "node:v8";

/** Numbers that JSON does not have count, too. */
export function digestOf(data: object): string {
  return createHash("sha256").update(serialize(data)).digest("hex");
}
