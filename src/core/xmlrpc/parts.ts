// A value written a part at a time, so that an answer of any size takes no long turn and is never one string. A
// notation writes (encode.ts, json.ts); a stack holds the unfinished values.

import {
  isArray,
  Utf8Text,
  type XmlRpcDate,
  type XmlRpcDouble,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "./value.ts";

/** What stands before and after something. */
export interface Brackets {
  readonly open: string;
  readonly close: string;
}

/** How values are written. */
export interface Notation {
  readonly text: Brackets;
  /** The inside of a text, or of a piece of one; pieces never end within a surrogate pair. */
  escape(text: string): string;
  readonly bytes: Brackets;
  /** Bytes are written this many at a time. */
  readonly bytesStep: number;
  /** The bytes from `from`, at most `bytesStep`. */
  writeBytes(bytes: Uint8Array, from: number): string;
  readonly array: Brackets;
  readonly struct: Brackets;
  /** Between items, and between members. */
  readonly comma: string;
  memberHead(name: string): string;
  readonly memberEnd: string;
  scalar(value: number | boolean | XmlRpcDate | XmlRpcDouble): string;
}

/** How much is written at a time, in characters. */
export interface PartSizes {
  /** A part ends as soon as it has this many; escapes can make it a few times longer. */
  readonly part: number;
  /** Longer texts are written in pieces of this many; at least 2. */
  readonly piece: number;
}

const SIZES: PartSizes = { part: 64 * 1024, piece: 16 * 1024 };

type Decoder = InstanceType<typeof TextDecoder>;

type Frame =
  | { readonly kind: "array"; readonly items: readonly XmlRpcValue[]; at: number }
  | {
      readonly kind: "struct";
      readonly names: readonly string[];
      readonly members: XmlRpcStruct;
      at: number;
    }
  | { readonly kind: "text"; readonly text: string; at: number }
  | { readonly kind: "utf8"; readonly bytes: Uint8Array; readonly decoder: Decoder; at: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; at: number };

/** Writes one value; the same value and sizes give the same parts again. */
export class Parts {
  readonly #notation: Notation;
  readonly #sizes: PartSizes;
  readonly #stack: Frame[] = [];
  /** The rest to write when the stack is empty; null when all is written. */
  #last: string | null;
  #out: string;

  /** @param around what stands before and after the value */
  constructor(value: XmlRpcValue, notation: Notation, around: Brackets, sizes = SIZES) {
    this.#notation = notation;
    this.#sizes = sizes;
    this.#out = around.open;
    this.#last = around.close;
    this.#out += this.#begin(value);
  }

  /** All is written: `next` would answer null. */
  get isDone(): boolean {
    return this.#last === null;
  }

  /** The next part, never empty; null after the last. */
  next(): string | null {
    if (this.#last === null) return null;
    let out = this.#out;
    this.#out = "";
    while (out.length < this.#sizes.part) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) {
        out += this.#last;
        this.#last = null;
        return out;
      }
      out += this.#step(frame);
    }
    return out;
  }

  /** All of a small value, the beginning of a large one. */
  #begin(value: XmlRpcValue): string {
    const notation = this.#notation;
    if (typeof value === "string") {
      if (value.length <= this.#sizes.piece) {
        return notation.text.open + notation.escape(value) + notation.text.close;
      }
      return this.#open({ kind: "text", text: value, at: 0 }, notation.text);
    }
    if (typeof value === "number" || typeof value === "boolean") return notation.scalar(value);
    if (value instanceof Uint8Array) {
      return this.#open({ kind: "bytes", bytes: value, at: 0 }, notation.bytes);
    }
    if (value instanceof Utf8Text) {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      return this.#open({ kind: "utf8", bytes: value.bytes, decoder, at: 0 }, notation.text);
    }
    if (isArray(value)) return this.#open({ kind: "array", items: value, at: 0 }, notation.array);
    if (isDate(value) || isDouble(value)) return notation.scalar(value);
    const names = Object.keys(value);
    return this.#open({ kind: "struct", names, members: value, at: 0 }, notation.struct);
  }

  #open(frame: Frame, brackets: Brackets): string {
    this.#stack.push(frame);
    return brackets.open;
  }

  #step(frame: Frame): string {
    const notation = this.#notation;
    switch (frame.kind) {
      case "array":
        return this.#item(frame);
      case "struct":
        return this.#member(frame);
      case "text": {
        const from = frame.at;
        if (from >= frame.text.length) return this.#end(notation.text);
        frame.at = pieceEnd(frame.text, from + this.#sizes.piece);
        return notation.escape(frame.text.slice(from, frame.at));
      }
      case "utf8": {
        const from = frame.at;
        if (from > frame.bytes.length) return this.#end(notation.text);
        frame.at = from + this.#sizes.piece;
        // Once more at the very end, for a character that is cut off there.
        const stream = frame.at <= frame.bytes.length;
        return notation.escape(
          frame.decoder.decode(frame.bytes.subarray(from, frame.at), { stream }),
        );
      }
      case "bytes": {
        const from = frame.at;
        if (from >= frame.bytes.length) return this.#end(notation.bytes);
        frame.at = from + notation.bytesStep;
        return notation.writeBytes(frame.bytes, from);
      }
    }
  }

  #item(frame: Extract<Frame, { kind: "array" }>): string {
    const item = frame.items[frame.at];
    if (item === undefined) return this.#end(this.#notation.array);
    const comma = frame.at === 0 ? "" : this.#notation.comma;
    frame.at++;
    return comma + this.#begin(item);
  }

  /** The end of the member before, whose value is complete by now, and the next member. */
  #member(frame: Extract<Frame, { kind: "struct" }>): string {
    const notation = this.#notation;
    let out = "";
    for (;;) {
      const name = frame.names[frame.at];
      if (frame.at > 0) out += notation.memberEnd;
      if (name === undefined) return out + this.#end(notation.struct);
      if (frame.at > 0) out += notation.comma;
      frame.at++;
      const member = frame.members[name];
      out += notation.memberHead(name) + this.#begin(member ?? "");
      // Plain members continue without a look at the stack; a struct of many must not become one long part.
      if (this.#stack.at(-1) !== frame || out.length >= this.#sizes.piece) return out;
    }
  }

  #end(brackets: Brackets): string {
    this.#stack.pop();
    return brackets.close;
  }
}

/** Writes a value at once. */
export function whole(value: XmlRpcValue, notation: Notation, around: Brackets): string {
  const parts = new Parts(value, notation, around);
  let text = "";
  for (let part = parts.next(); part !== null; part = parts.next()) text += part;
  return text;
}

/** Names of members whose writing is remembered: the same few come back in every struct of a list. */
export const MOST_NAMES = 256;

/** Where a piece ends that should end at `wanted`: not between the halves of a pair. */
function pieceEnd(text: string, wanted: number): number {
  const next = text.charCodeAt(wanted);
  const last = text.charCodeAt(wanted - 1);
  const cutsPair = last >= 0xd800 && last <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
  return cutsPair ? wanted + 1 : wanted;
}

// A struct is distinguished from the two tagged values by exact shape, because a member may be named `kind`.
function isDate(value: object): value is XmlRpcDate {
  return "iso8601" in value && hasTag(value, "date");
}

function isDouble(value: object): value is XmlRpcDouble {
  return "value" in value && typeof value.value === "number" && hasTag(value, "double");
}

function hasTag(value: object, tag: string): boolean {
  return "kind" in value && value.kind === tag && Object.keys(value).length === 2;
}
