// Random names of files.
//
// sync-ok(closeSync, openSync, readSync): /dev/urandom never blocks

import { closeSync, openSync, readSync } from "node:fs";

const CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_";
const LENGTH = 8;
/** Random bytes that are read at once: a thousand programs may need names at the same time. */
const STOCK_BYTES = 4096;
const EVEN_BYTES = 256 - (256 % CHARACTERS.length);

const stock = new Uint8Array(STOCK_BYTES);
let used = STOCK_BYTES;

/** Eight characters. */
export function randomName(): string {
  let name = "";
  while (name.length < LENGTH) {
    if (used === STOCK_BYTES) {
      fillRandom(stock);
      used = 0;
    }
    const byte = stock[used] ?? 255;
    used += 1;
    // Bytes beyond the last whole multiple are skipped: the first characters would be more likely than the others.
    if (byte < EVEN_BYTES) name += CHARACTERS.charAt(byte % CHARACTERS.length);
  }
  return name;
}

/**
 * Reads /dev/urandom, which never blocks. A signal can make a read short (random(4)). Loading node:crypto would take a megabyte
 * of memory.
 * @throws an Error if /dev/urandom ends, as an ordinary file in its place does
 */
function fillRandom(bytes: Uint8Array): void {
  const fd = openSync("/dev/urandom", "r");
  try {
    for (let filled = 0; filled < bytes.length; ) {
      const read = readSync(fd, bytes, filled, bytes.length - filled, null);
      if (read === 0) throw new Error("/dev/urandom is not the random device");
      filled += read;
    }
  } finally {
    closeSync(fd);
  }
}
