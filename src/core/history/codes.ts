// CPU and memory in 12 bits each, on a logarithmic scale. 0 is no value; 1 is zero.

const MOST_CODE = 4095;

export interface Scale {
  /** @param value null for none; a value beyond the scale is written as its end */
  code(value: number | null): number;
  /** @returns null for code 0 */
  value(code: number): number | null;
}

/** @param unit below it, the scale is linear @param octaves the largest value is unit * 2 ** octaves */
function logarithmic(unit: number, octaves: number): Scale {
  const steps = (MOST_CODE - 1) / octaves;
  const values = Float64Array.from(
    { length: MOST_CODE + 1 },
    (_, code) => (2 ** ((code - 1) / steps) - 1) * unit,
  );
  return {
    code(value) {
      if (value === null || !(value >= 0)) return 0;
      return 1 + Math.min(MOST_CODE - 1, Math.round(Math.log2(1 + value / unit) * steps));
    },
    value: (code) => (code === 0 ? null : (values[code] ?? null)),
  };
}

/** Percent of one processor: within 0.2 % of the value, up to 1000 processors. */
export const CPU: Scale = logarithmic(0.1, 20);

/** Bytes: within 0.3 % of the value, up to 16 TB. */
export const MEMORY: Scale = logarithmic(4096, 32);

/** Two codes in three bytes. */
export const PAIR_BYTES = 3;

export function writePair(bytes: Uint8Array, at: number, first: number, second: number): void {
  bytes[at] = first & 255;
  bytes[at + 1] = (first >> 8) | ((second & 15) << 4);
  bytes[at + 2] = second >> 4;
}

export function firstOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | (((bytes[at + 1] ?? 0) & 15) << 8);
}

export function secondOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] ?? 0) >> 4) | ((bytes[at + 2] ?? 0) << 4);
}
