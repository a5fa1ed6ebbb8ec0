// Compresses texts that are whole in memory, on libuv's threads. This module is loaded on first use.

import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** @returns the text in UTF-8, compressed */
export const gzipped: (text: string) => Promise<Uint8Array> = promisify(gzip);
