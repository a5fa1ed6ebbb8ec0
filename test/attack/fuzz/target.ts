// The targets of generated input.

import type { Rng } from "../../sim/rng.ts";
import type { Grammar } from "./mutate.ts";

/** A parser that reads what others wrote. */
export interface Target extends Grammar {
  readonly name: string;
  /** Reads one input. Anything that it throws is a finding. */
  read(input: Buffer, rng: Rng): void;
}

/** Sound inputs written as text. */
export function texts(...inputs: readonly string[]): readonly Uint8Array[] {
  return inputs.map((text) => Buffer.from(text));
}
