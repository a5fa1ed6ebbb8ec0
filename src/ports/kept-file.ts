// A file that the daemon replaces as a whole, now and then, and reads at its start. Nothing blocks the main thread.

export interface KeptFile {
  readonly path: string;
  /**
   * Reads the file in pieces: the first of `head` bytes, the others of `each` bytes; the last may be shorter. Without a file, or
   * with an empty one, the first piece is empty.
   * @param take whether to go on
   * @returns null, or the error in a clause
   */
  read(
    sizes: { readonly head: number; readonly each: number },
    take: (piece: Uint8Array) => boolean,
  ): Promise<string | null>;
  /**
   * Replaces the file; after an error or a power cut it is the one before.
   * @param isOurs whether a file that begins with these bytes may be replaced
   * @returns null, or the error in a clause
   */
  replace(
    parts: Iterable<Uint8Array>,
    head: number,
    isOurs: (head: Uint8Array) => boolean,
  ): Promise<string | null>;
}
