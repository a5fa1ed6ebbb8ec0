// Memory that a value takes: a rough estimate, too high rather than too low.

import type { Steps } from "../base/steps.ts";
import { isStruct } from "./fields.ts";
import { Utf8Text } from "./utf8-text.ts";
import type { XmlRpcValue } from "./value.ts";

const OBJECT_BYTES = 48;
const FIELD_BYTES = 16;
const VALUES_A_STEP = 1024;

/** Bytes, counted in steps. */
export function* sizeOf(value: XmlRpcValue): Steps<number> {
  const rest: XmlRpcValue[] = [value];
  let bytes = 0;
  let values = 0;
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    values++;
    if (values % VALUES_A_STEP === 0) yield;
    bytes += FIELD_BYTES;
    if (typeof next === "string") bytes += next.length;
    if (typeof next !== "object") continue;
    bytes += OBJECT_BYTES;
    if (next instanceof Uint8Array) bytes += next.length;
    else if (next instanceof Utf8Text) bytes += next.bytes.length;
    else if (isArray(next)) for (const item of next) rest.push(item);
    else if (isStruct(next)) for (const member of Object.values(next)) rest.push(member);
  }
  return bytes;
}

/** Array.isArray alone loses the element type of a readonly array. */
function isArray(value: object): value is readonly XmlRpcValue[] {
  return Array.isArray(value);
}
