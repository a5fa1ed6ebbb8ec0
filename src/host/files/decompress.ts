// Decompresses with Node's zlib. Loaded when there is something to decompress.

import type { Transform } from "node:stream";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { thrownMessage } from "../../core/base/thrown.ts";
import type { Compression, Decompress } from "../../ports/decompress.ts";

/** See the port. */
export const decompress: Decompress = async function* (compression, source) {
  const transform = transformOf(compression);
  const input = Readable.from(source, { objectMode: true });
  // An error of the source is one of what is made of it.
  input.on("error", (error) => transform.destroy(error));
  input.pipe(transform);
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
  } catch (error) {
    throw new Error(`damaged ${compression} data: ${thrownMessage(error)}`);
  } finally {
    input.destroy();
    transform.destroy();
  }
};

/** Older Nodes, which the executable for armhf may have, know no zstd. */
const createZstd: unknown = Reflect.get(zlib, "createZstdDecompress");

function transformOf(compression: Compression): Transform {
  if (compression === "gzip") return zlib.createGunzip();
  if (typeof createZstd !== "function") {
    throw new Error("this executable cannot read zstd: use zstd -dc");
  }
  return createZstd() as Transform;
}
