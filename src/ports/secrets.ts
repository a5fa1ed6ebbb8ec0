// Comparing secrets without telling by the time it takes how much of them was right.

export interface Secrets {
  /** True when both are the same. Takes as long for any two texts of these lengths. */
  equal(a: string, b: string): boolean;
  /** SHA-1 in 40 lower-case hex digits, for passwords that are configured as `{SHA}`. */
  sha1Hex(text: string): string;
}
