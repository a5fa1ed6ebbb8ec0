// Decompresses with Node's zlib. This module is loaded on first use.

import type { Transform } from "node:stream";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { thrownMessage } from "../../core/base/result.ts";
import type { Compression, Decompress } from "../../ports/decompress.ts";

/** See `Decompress`. */
export const decompress: Decompress = async function* (compression, source) {
  const transform = transformOf(compression);
  const input = Readable.from(source, { objectMode: true });
  /** Errors of the source, which say nothing about the data. */
  const ofSource = new Set<unknown>();
  input.on("error", (error) => {
    ofSource.add(error);
    transform.destroy(error);
  });
  input.pipe(transform);
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
  } catch (error) {
    if (ofSource.has(error)) throw error;
    throw new Error(`damaged ${compression} data: ${thrownMessage(error)}`);
  } finally {
    input.destroy();
    transform.destroy();
  }
};

/** Undefined in older versions of Node, which the executable for armhf may contain. */
const createZstd: unknown = Reflect.get(zlib, "createZstdDecompress");

function transformOf(compression: Compression): Transform {
  if (compression === "gzip") return zlib.createGunzip();
  if (typeof createZstd !== "function") {
    throw new Error("this executable cannot read zstd: use zstd -dc");
  }
  return createZstd() as Transform;
}
