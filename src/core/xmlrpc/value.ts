// The values of XML-RPC as TypeScript sees them.

import type { Utf8Text } from "./utf8-text.ts";

/** `<dateTime.iso8601>`: kept as text, because the format carries no time zone. */
export interface XmlRpcDate {
  readonly kind: "date";
  readonly iso8601: string;
}

/** `<double>` that must stay one on the wire even when it is whole; a plain number is an `<int>`. */
export interface XmlRpcDouble {
  readonly kind: "double";
  readonly value: number;
}

export interface XmlRpcStruct {
  readonly [member: string]: XmlRpcValue;
}

/** Only answers of the daemon hold a Utf8Text; a client reads a string. */
export type XmlRpcValue =
  | string
  | Utf8Text
  | number
  | boolean
  | Uint8Array
  | XmlRpcDate
  | XmlRpcDouble
  | readonly XmlRpcValue[]
  | XmlRpcStruct;
