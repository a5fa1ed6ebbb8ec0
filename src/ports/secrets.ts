// Compares secrets in constant time, and creates tokens.

export interface Secrets {
  /** True when both are the same. Takes as long for any two texts of these lengths. */
  equal(a: string, b: string): boolean;
  /** SHA-1 in 40 lower-case hex digits, for passwords that are configured as `{SHA}`. */
  sha1Hex(text: string): string;
  /** SHA-256 in 64 lower-case hex digits, for tokens that are configured as `{SHA256}`. */
  sha256Hex(text: string): string;
  /** Whether a password is that of `{scrypt}…`; false for a text that is none. Uses a processor, not the main thread. */
  scrypt(stored: string, given: string): Promise<boolean>;
  /** A key that cannot be guessed: 256 random bits in 43 characters that need no escaping anywhere. */
  newKey(): string;
  /**
   * A seal that only this instance can make: equal for equal texts, and telling nothing about them.
   * @returns 43 characters that need no escaping anywhere
   */
  seal(text: string): string;
}
