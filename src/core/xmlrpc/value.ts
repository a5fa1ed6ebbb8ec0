// The values of XML-RPC as TypeScript sees them, and how fields of a decoded answer are read.

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

export function double(value: number): XmlRpcDouble {
  return { kind: "double", value };
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

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Shorter texts are strings. In bytes. */
const LONG = 64 * 1024;

/**
 * A long text as its bytes, such as a part of a log; what is not UTF-8 reads as U+FFFD. The bytes must not change.
 * @remarks As a string it would take up to twice the memory, in V8's heap, and decoding it would take one long turn: it is
 * decoded a piece at a time where it is written.
 */
export class Utf8Text {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** All of it as one string. */
  toString(): string {
    return DECODER.decode(this.bytes);
  }
}

/** Bytes as a text: a string when they are few. */
export function textOfBytes(bytes: Uint8Array): string | Utf8Text {
  return bytes.length < LONG ? DECODER.decode(bytes) : new Utf8Text(bytes);
}

export function isStruct(value: XmlRpcValue): value is XmlRpcStruct {
  if (typeof value !== "object" || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array || value instanceof Utf8Text);
}

/** Array.isArray alone loses the element type of a readonly array. */
export function isArray(value: XmlRpcValue): value is readonly XmlRpcValue[] {
  return Array.isArray(value);
}

/** A member of a struct; null for everything else. */
export function fieldOf(value: XmlRpcValue | null | undefined, name: string): XmlRpcValue | null {
  if (value === null || value === undefined || !isStruct(value)) return null;
  return value[name] ?? null;
}

/** Empty for everything but a text. */
export function textOf(value: XmlRpcValue | null | undefined): string {
  return typeof value === "string" ? value : "";
}

/** 0 for everything but a number. */
export function numberOf(value: XmlRpcValue | null | undefined): number {
  return typeof value === "number" ? value : 0;
}

const MAX_INT = 2 ** 31 - 1;

/** The nearest whole number that clients can read, which have 32 bits: the largest stands for times from 2038 on. */
export function int32(value: number): number {
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Math.trunc(value)));
}
