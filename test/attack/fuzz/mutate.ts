// Inputs for parsers: sound ones, changed at random. Each is made from a seed alone, so that any can be made again.

import type { Rng } from "../../sim/rng.ts";

/** What to make inputs of. */
export interface Grammar {
  /** Sound inputs. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that mean something to the parser. */
  readonly words: readonly string[];
}

const MAX_CHANGES = 8;
const MAX_LENGTH = 256 * 1024;
/** Now and then a piece is repeated that often: depth and length are attacks of their own. */
const MAX_REPEATS = 20_000;

type Change = (bytes: Buffer, rng: Rng, grammar: Grammar) => Buffer;

function span(bytes: Buffer, rng: Rng): readonly [number, number] {
  const from = rng.int(0, bytes.length);
  const length = rng.chance(0.7) ? rng.int(0, 16) : rng.int(0, bytes.length);
  return [from, Math.min(bytes.length, from + length)];
}

function spliced(bytes: Buffer, from: number, to: number, put: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);
}

function pick<T>(items: readonly T[], rng: Rng): T | undefined {
  return items[rng.int(0, items.length - 1)];
}

function word({ words }: Grammar, rng: Rng): Buffer {
  return Buffer.from(pick(words, rng) ?? "");
}

const NUMBERS = [
  "0",
  "-1",
  "1",
  "255",
  "256",
  "65536",
  "2147483648",
  "-2147483649",
  "1e309",
  "NaN",
];
const MORE_NUMBERS = ["9007199254740993", "99999999999999999999", "0x10", "1_0", "٣", "0.1", "-0"];

const CHANGES: readonly Change[] = [
  (bytes, rng) => {
    const changed = Buffer.from(bytes);
    const at = rng.int(0, bytes.length - 1);
    changed[at] = (changed[at] ?? 0) ^ (1 << rng.int(0, 7));
    return changed;
  },
  (bytes, rng) => {
    const at = rng.int(0, bytes.length);
    return spliced(bytes, at, at, Buffer.from([rng.int(0, 255)]));
  },
  (bytes, rng) => spliced(bytes, ...span(bytes, rng), Buffer.alloc(0)),
  (bytes, rng) => {
    const [from, to] = span(bytes, rng);
    return spliced(bytes, to, to, bytes.subarray(from, to));
  },
  (bytes, rng, grammar) => spliced(bytes, ...span(bytes, rng), word(grammar, rng)),
  (bytes, rng, grammar) => {
    const at = rng.int(0, bytes.length);
    return spliced(bytes, at, at, word(grammar, rng));
  },
  (bytes, rng) => spliced(bytes, ...span(bytes, rng), Buffer.from(pick(NUMBERS, rng) ?? "")),
  (bytes, rng) => spliced(bytes, ...span(bytes, rng), Buffer.from(pick(MORE_NUMBERS, rng) ?? "")),
  (bytes, rng, grammar) => {
    const other = Buffer.from(pick(grammar.seeds, rng) ?? []);
    const [from, to] = span(other, rng);
    return spliced(bytes, ...span(bytes, rng), other.subarray(from, to));
  },
  (bytes, rng) => bytes.subarray(0, rng.int(0, bytes.length)),
  (bytes, rng, grammar) => {
    if (!rng.chance(0.1)) return bytes;
    const [from, to] = span(bytes, rng);
    const piece = rng.chance(0.5) ? word(grammar, rng) : bytes.subarray(from, to);
    const times = Math.min(rng.int(1, MAX_REPEATS), Math.floor(MAX_LENGTH / (piece.length + 1)));
    return spliced(bytes, to, to, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
];

/** One input. */
export function makeInput(grammar: Grammar, rng: Rng): Buffer {
  const scratch = (): Buffer =>
    Buffer.concat(Array.from({ length: rng.int(0, 12) }, () => word(grammar, rng)));
  let bytes = rng.chance(0.1) ? scratch() : Buffer.from(pick(grammar.seeds, rng) ?? []);
  const changes = rng.chance(0.05) ? 0 : rng.int(1, MAX_CHANGES);
  for (let count = 0; count < changes; count++) {
    bytes = pick(CHANGES, rng)?.(bytes, rng, grammar) ?? bytes;
    if (bytes.length > MAX_LENGTH) bytes = bytes.subarray(0, MAX_LENGTH);
  }
  return bytes;
}

/** Cuts bytes anywhere, as a pipe does. */
export function cut(bytes: Uint8Array, rng: Rng): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + (rng.chance(0.5) ? rng.int(1, 9) : rng.int(1, bytes.length));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
