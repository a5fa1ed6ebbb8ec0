// Fields of a decoded answer, accepted only if they have the expected form.

import { Utf8Text } from "./utf8-text.ts";
import type { XmlRpcStruct, XmlRpcValue } from "./value.ts";

export function isStruct(value: XmlRpcValue): value is XmlRpcStruct {
  if (typeof value !== "object" || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array || value instanceof Utf8Text);
}

/** A member of a struct; null where there is none. */
export function fieldOf(value: XmlRpcValue | null | undefined, name: string): XmlRpcValue | null {
  if (value === null || value === undefined || !isStruct(value)) return null;
  return value[name] ?? null;
}

/** Empty for what is no text. */
export function textOf(value: XmlRpcValue | null | undefined): string {
  return typeof value === "string" ? value : "";
}

/** 0 for what is no number. */
export function numberOf(value: XmlRpcValue | null | undefined): number {
  return typeof value === "number" ? value : 0;
}
