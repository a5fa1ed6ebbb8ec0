// Reads the fields of a section from its table of options, in a given order: it decides which of several errors is reported.

import type { OptionTable, ValueOf } from "./options/entry.ts";
import { isUsual, readOption, type Scope } from "./reading.ts";

/** Which fields of a list are read, by their indexes in it. */
interface Order {
  /** From every section: they have a reader, or a default that differs between sections. */
  readonly always: readonly number[];
  /** The others, by the keys of their options: from a section that gives them. */
  readonly byKey: ReadonlyMap<string, number>;
}

type Reader<V, T extends OptionTable> = (
  scope: Scope,
  before: { readonly [F in keyof T]?: ValueOf<T[F]> },
) => V;

/** Of a field that its option does not always fill there is a reader. `before` holds the fields that come earlier. */
export type Readers<T extends OptionTable, F extends keyof T = keyof T> = {
  readonly [K in F as T[K] extends { readonly isFilled: true } ? K : never]: Reader<
    ValueOf<T[K]>,
    T
  >;
} & { readonly [K in F]?: Reader<ValueOf<T[K]>, T> };

/**
 * Reads fields in this order: it decides which of several errors is reported.
 * @param values receives them, and is what readers find of fields that come earlier
 */
export function readFields<
  T extends OptionTable,
  F extends keyof T & string,
  V extends { readonly [K in keyof T]?: ValueOf<T[K]> },
>(
  scope: Scope,
  table: T,
  fields: readonly F[],
  readers: Readers<T, F>,
  values: V,
): V & { readonly [K in F]: ValueOf<T[K]> } {
  const filled: { [K in keyof T]?: ValueOf<T[K]> } = values;
  const own: { readonly [K in F]?: Reader<ValueOf<T[K]>, T> } = readers;
  for (const field of fields) {
    const reader = own[field];
    // A row that may be without a value has a reader: see Readers.
    const value =
      reader === undefined ? readOption(scope, table[field] as T[F]) : reader(scope, filled);
    filled[field] = value as ValueOf<T[F]>;
  }
  return filled as V & { readonly [K in F]: ValueOf<T[K]> };
}

/**
 * The same, but `values` has the default of each option already: only those are read that a section gives, or that do not
 * follow from their text alone. Most programs give few of many options.
 */
export function readGiven<
  T extends OptionTable,
  F extends keyof T & string,
  V extends { readonly [K in keyof T]?: ValueOf<T[K]> },
>(
  scope: Scope,
  table: T,
  fields: readonly F[],
  readers: Readers<T, F>,
  values: V,
): V & { readonly [K in F]: ValueOf<T[K]> } {
  const { raw } = scope.reading;
  const order = ORDERS.get(fields) ?? orderOf(table, fields, readers);
  ORDERS.set(fields, order);
  const { always, byKey } = order;
  const indexes = new Set(always);
  for (const options of [raw.sections.get(scope.section.name)?.options, raw.defaults]) {
    for (const key of options?.keys() ?? []) {
      const index = byKey.get(key);
      if (index !== undefined) indexes.add(index);
    }
  }
  const given = Array.from(indexes)
    .sort((left, right) => left - right)
    .map((index) => fields[index] as F);
  return readFields(scope, table, given, readers, values);
}

/** By the lists of fields: each belongs to one table, and has readers for the same fields at each call. */
const ORDERS = new WeakMap<readonly string[], Order>();

function orderOf<T extends OptionTable, F extends keyof T & string>(
  table: T,
  fields: readonly F[],
  readers: Readers<T, F>,
): Order {
  const always: number[] = [];
  const byKey = new Map<string, number>();
  for (const [index, field] of fields.entries()) {
    const row = table[field] as T[F];
    if (Object.hasOwn(readers, field) || !isUsual(row)) always.push(index);
    else byKey.set(row.key, index);
  }
  return { always, byKey };
}

/** Fields that are read for each process, or those that are read once for a section. */
export type FieldsOf<T extends OptionTable, W extends "each" | "once"> = {
  [F in keyof T]: T[F] extends { readonly isEach: true }
    ? W extends "each"
      ? F
      : never
    : W extends "once"
      ? F
      : never;
}[keyof T] &
  string;

/** These fields, then those of all other options, so that one that is added is read too. @param without those read before */
export function inOrder<
  T extends OptionTable,
  W extends "each" | "once",
  B extends FieldsOf<T, W> = never,
>(
  table: T,
  which: W,
  first: readonly Exclude<FieldsOf<T, W>, B>[],
  without: readonly B[] = [],
): readonly Exclude<FieldsOf<T, W>, B>[] {
  const named: readonly string[] = [...first, ...without];
  const others = Object.entries(table)
    .filter(
      ([field, { isEach = false }]) => isEach === (which === "each") && !named.includes(field),
    )
    .map(([field]) => field as Exclude<FieldsOf<T, W>, B>);
  return [...first, ...others];
}
