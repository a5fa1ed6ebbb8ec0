// The values of XML-RPC as TypeScript sees them.

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

export type XmlRpcValue =
  | string
  | number
  | boolean
  | Uint8Array
  | XmlRpcDate
  | XmlRpcDouble
  | readonly XmlRpcValue[]
  | XmlRpcStruct;
