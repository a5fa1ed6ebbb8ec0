// Values to JSON and back, both directions in one table. Decoding checks that each member exists and has its type; the
// error names the member.

import { decodeBase64, encodeBase64 } from "../xmlrpc/base64.ts";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json };

/** Encodes and decodes values of one type. */
export interface Codec<T> {
  encode(value: T): Json;
  /** @param at path of the value, such as `body.children[0].pid`, for the error @throws Malformed */
  decode(json: Json | undefined, at: string): T;
  readonly form: Form;
}

/** Which values a codec encodes. Tests generate them by it. */
export type Form =
  | { readonly kind: "text" | "flag" | "integer" | "natural" | "number" | "bytes" }
  /** One of these values. */
  | { readonly kind: "values"; readonly values: readonly unknown[] }
  /** What one of these codecs encodes. */
  | { readonly kind: "either"; readonly of: readonly Codec<unknown>[] }
  | { readonly kind: "list" | "dictionary"; readonly of: Codec<unknown> }
  | { readonly kind: "pair"; readonly of: readonly [Codec<unknown>, Codec<unknown>] }
  | { readonly kind: "record"; readonly members: Readonly<Record<string, Codec<unknown>>> }
  | {
      readonly kind: "mapped";
      readonly of: Codec<unknown>;
      readonly read: (value: never) => unknown;
    };

/** The type of the values of a codec. */
export type TypeOf<C> = C extends Codec<infer T> ? (T extends object ? Readonly<T> : T) : never;

/** JSON that does not have the expected form. The message names the member. */
export class Malformed extends Error {}

function malformed(at: string, expected: string, json: Json | undefined): never {
  const found = json === undefined ? "nothing" : JSON.stringify(json).slice(0, 60);
  throw new Malformed(`${at} should be ${expected}, not ${found}`);
}

function plain<T extends Json>(
  form: Form,
  expected: string,
  is: (json: Json) => json is T,
): Codec<T> {
  return {
    form,
    encode: (value) => value,
    decode: (json, at) => (json !== undefined && is(json) ? json : malformed(at, expected, json)),
  };
}

export const text: Codec<string> = plain(
  { kind: "text" },
  "text",
  (json) => typeof json === "string",
);
export const flag: Codec<boolean> = plain(
  { kind: "flag" },
  "true or false",
  (json) => typeof json === "boolean",
);
export const integer: Codec<number> = plain(
  { kind: "integer" },
  "a whole number",
  (json): json is number => Number.isSafeInteger(json),
);

/** A descriptor or a process id. */
export const natural: Codec<number> = plain(
  { kind: "natural" },
  "a whole number from 0 on",
  (json): json is number => Number.isSafeInteger(json) && Number(json) >= 0,
);

const UNBOUNDED = "Infinity";

/** A number of milliseconds or bytes, perhaps infinite. */
export const number: Codec<number> = {
  form: { kind: "number" },
  encode: (value) => (value === Number.POSITIVE_INFINITY ? UNBOUNDED : value),
  decode(json, at) {
    if (json === UNBOUNDED) return Number.POSITIVE_INFINITY;
    return typeof json === "number" ? json : malformed(at, "a number", json);
  },
};

export const bytes: Codec<Uint8Array> = {
  form: { kind: "bytes" },
  encode: encodeBase64,
  decode: (json, at) =>
    (typeof json === "string" ? decodeBase64(json) : null) ?? malformed(at, "base64", json),
};

/** One of a few values. */
export function oneOf<const T extends string | number | boolean>(...words: readonly T[]): Codec<T> {
  return plain({ kind: "values", values: words }, `one of ${words.join(", ")}`, (json): json is T =>
    words.some((word) => word === json),
  );
}

/** A list that is left out of the snapshot. */
export const omitted: Codec<readonly never[]> = {
  form: { kind: "values", values: [[]] },
  encode: () => [],
  decode: () => [],
};

const NULL: Codec<null> = plain(
  { kind: "values", values: [null] },
  "null",
  (json): json is null => json === null,
);

export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    form: { kind: "either", of: [NULL, codec] },
    encode: (value) => (value === null ? null : codec.encode(value)),
    decode: (json, at) => (json === null ? null : codec.decode(json, at)),
  };
}

/** A member that may be missing. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    form: codec.form,
    encode: (value) => (value === undefined ? (undefined as unknown as Json) : codec.encode(value)),
    decode: (json, at) => (json === undefined ? undefined : codec.decode(json, at)),
  };
}

export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    form: { kind: "list", of: codec },
    encode: (items) => items.map((item) => codec.encode(item)),
    decode(json, at) {
      if (!isList(json)) return malformed(at, "a list", json);
      return json.map((item, index) => codec.decode(item, `${at}[${index}]`));
    },
  };
}

/** Values of type `T`, encoded as values of type `W`. */
export function mapped<T, W>(
  codec: Codec<W>,
  write: (value: T) => W,
  read: (written: W) => T,
): Codec<T> {
  return {
    form: { kind: "mapped", of: codec, read },
    encode: (value) => codec.encode(write(value)),
    decode: (json, at) => read(codec.decode(json, at)),
  };
}

export function setOf<T>(codec: Codec<T>): Codec<ReadonlySet<T>> {
  return mapped(
    list(codec),
    (items: ReadonlySet<T>) => [...items],
    (items) => new Set(items),
  );
}

/** A map, as a list of pairs in its order. */
export function mapOf<K, V>(key: Codec<K>, value: Codec<V>): Codec<ReadonlyMap<K, V>> {
  const pair: Codec<readonly [K, V]> = {
    form: { kind: "pair", of: [key, value] },
    encode: ([name, item]) => [key.encode(name), value.encode(item)],
    decode(json, at) {
      if (!isList(json) || json.length !== 2) return malformed(at, "a pair", json);
      return [key.decode(json[0], `${at}[0]`), value.decode(json[1], `${at}[1]`)];
    },
  };
  return mapped(
    list(pair),
    (map: ReadonlyMap<K, V>) => [...map],
    (pairs) => new Map(pairs),
  );
}

/** An object whose member names are data. */
export function dictionary<T>(codec: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    form: { kind: "dictionary", of: codec },
    encode: (value) =>
      Object.fromEntries(Object.entries(value).map(([name, item]) => [name, codec.encode(item)])),
    decode(json, at) {
      if (!isObject(json)) return malformed(at, "an object", json);
      return Object.fromEntries(
        Object.entries(json).map(([name, value]) => [name, codec.decode(value, `${at}.${name}`)]),
      );
    },
  };
}

/** A codec for each member of `T`: a member without one does not compile. */
export type Shape<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** A plain record. Members that the shape does not name are neither encoded nor decoded. */
export function record<T extends object>(shape: Shape<T>): Codec<T> {
  const members = Object.entries(shape) as unknown as readonly (readonly [
    keyof T & string,
    Codec<never>,
  ])[];
  // A copy of it is made fast, even with a hundred members: an object that gets them one after the other is not.
  const blank = Object.fromEntries(members.map(([name]) => [name, undefined]));
  return {
    form: { kind: "record", members: shape as unknown as Readonly<Record<string, Codec<unknown>>> },
    encode(value) {
      const written: Record<string, Json | undefined> = { ...blank };
      for (const [name, codec] of members) written[name] = codec.encode(value[name] as never);
      return written as Json;
    },
    decode(json, at) {
      if (!isObject(json)) return malformed(at, "an object", json);
      const read: Record<string, unknown> = { ...blank };
      for (const [name, codec] of members) read[name] = codec.decode(json[name], `${at}.${name}`);
      return read as T;
    },
  };
}

/** The shapes of the members of a union, by kind. */
export type Kinds<T extends { readonly kind: string }> = {
  readonly [K in T["kind"]]: Shape<Omit<Extract<T, { readonly kind: K }>, "kind">>;
};

/** A union discriminated by `kind`. */
export function union<T extends { readonly kind: string }>(kinds: Kinds<T>): Codec<T> {
  const codecs = new Map(
    Object.entries(kinds as Readonly<Record<string, Shape<object>>>).map(([kind, shape]) => {
      const whole = { kind: oneOf(kind), ...shape };
      return [kind, record(whole as Shape<object>) as Codec<unknown> as Codec<T>];
    }),
  );
  return {
    form: { kind: "either", of: [...codecs.values()] },
    encode: (value) => codecs.get(value.kind)?.encode(value) ?? null,
    decode(json, at) {
      const kind = isObject(json) ? json["kind"] : undefined;
      const codec = typeof kind === "string" ? codecs.get(kind) : undefined;
      if (codec === undefined)
        return malformed(`${at}.kind`, [...codecs.keys()].join(" or "), kind);
      return codec.decode(json, at);
    },
  };
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

function isObject(json: Json | undefined): json is { readonly [member: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Objects that a snapshot contains once, in a table; elsewhere it has their numbers. */
export class Table<T extends object> {
  /** In the order of their numbers. */
  readonly items: readonly T[];
  readonly codec: Codec<T>;

  /** @param items to decode @param added called for each object that is encoded first */
  constructor(items: readonly T[] = [], added: (item: T, number: number) => void = () => {}) {
    const all = [...items];
    const numbers = new Map<T, number>();
    this.items = all;
    this.codec = {
      form: { kind: "values", values: all },
      encode(item) {
        const known = numbers.get(item);
        if (known !== undefined) return known;
        const number = all.push(item) - 1;
        numbers.set(item, number);
        added(item, number);
        return number;
      },
      decode(json, at) {
        const item = all[natural.decode(json, at)];
        if (item === undefined) throw new Malformed(`${at} is not in the table of the snapshot`);
        return item;
      },
    };
  }
}
