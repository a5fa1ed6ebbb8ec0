// Values of every form that a codec encodes, for properties.

import type { Config, GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { type Codec, list, Table } from "../../../../src/core/snapshot/codec.ts";
import { configCodec, groupConfig, processConfig } from "../../../../src/core/snapshot/config.ts";
import {
  type Snapshot,
  snapshotCodec,
  variableList,
} from "../../../../src/core/snapshot/snapshot.ts";
import { GroupTable } from "../../../../src/core/snapshot/supervision.ts";
import { fc } from "../../../property.ts";

/** Elements of a list. */
const MOST = 3;

const PLAIN = {
  text: fc.string({ unit: "binary", maxLength: 12 }),
  flag: fc.boolean(),
  integer: fc.integer(),
  natural: fc.nat(),
  // -0 is written as 0.
  number: fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(Number.POSITIVE_INFINITY),
    )
    .map((value) => value || 0),
  bytes: fc.uint8Array({ maxLength: 40 }),
} as const;

export function arbitraryOf<T>(codec: Codec<T>): fc.Arbitrary<T> {
  return anyOf(codec) as fc.Arbitrary<T>;
}

/** Arbitraries of the parts of codecs, which are the same for each snapshot. */
const known = new WeakMap<Codec<unknown>["form"], fc.Arbitrary<unknown>>();

function anyOf({ form }: Codec<unknown>): fc.Arbitrary<unknown> {
  const found = known.get(form) ?? made(form);
  known.set(form, found);
  return found;
}

function made(form: Codec<unknown>["form"]): fc.Arbitrary<unknown> {
  switch (form.kind) {
    case "values":
      return fc.constantFrom(...form.values);
    case "either":
      return fc.oneof(...form.of.map(anyOf));
    case "list":
      return fc.array(anyOf(form.of), { maxLength: MOST });
    case "dictionary":
      return fc.dictionary(PLAIN.text, anyOf(form.of), { maxKeys: MOST });
    case "pair":
      return fc.tuple(anyOf(form.of[0]), anyOf(form.of[1]));
    case "record":
      return fc.record(
        Object.fromEntries(
          Object.entries(form.members).map(([name, member]) => [name, anyOf(member)]),
        ),
      );
    case "mapped":
      return anyOf(form.of).map((value) => form.read(value as never));
    default:
      return PLAIN[form.kind];
  }
}

export const group: fc.Arbitrary<GroupConfig> = arbitraryOf(groupConfig);
export const program: fc.Arbitrary<ProcessConfig> = arbitraryOf(processConfig);
/** With all its groups. */
export const config: fc.Arbitrary<Config> = arbitraryOf(configCodec(list(groupConfig)));

/** Groups are the same objects wherever they are, and each descriptor has its number alone, as in a daemon. */
export const snapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc.array(group, { minLength: 1, maxLength: MOST }),
    fc.array(arbitraryOf(variableList), { minLength: 1, maxLength: MOST }),
  )
  .chain(([groups, variables]) =>
    arbitraryOf(snapshotCodec(new GroupTable(groups), new Table(variables))),
  )
  .map((each) => {
    const byNumber = new Map(each.descriptors.map((held) => [held.fd, held]));
    return { ...each, descriptors: [...byNumber.values()] };
  });
