// Decompression of what arrives in parts.

/** The forms in which backups of logs are compressed. */
export type Compression = "gzip" | "zstd";

/**
 * Decompresses a stream, several of them behind each other too. Reads no more than it needs for what is asked of it.
 * @throws Error with a sentence for users: damaged data, or a form that this executable does not know; and what the source throws,
 * unchanged
 */
export type Decompress = (
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>;
