// Thins the data of ICU in a Node binary: the texts, dates, numbers and orders of other languages than English, and the
// dictionaries by which words are found in scripts without blanks, are two thirds of it and of no use to tsv. What stays lies
// where it was, and what is removed becomes zeros, so that nothing else in the binary changes; compressed, it is smaller by a
// fifth. That needs no other program: each build machine makes the same bytes.
//
// The package of data (ICU's "common data") is a header, and a table of items in the order of their names, each with the
// offsets of its name and of its data.

/** Format of a package, in its header. */
const FORMAT = "CmnD";
const FORMAT_AT = 12;
const MAGIC = [0xda, 0x27];
const MAGIC_AT = 2;
const ENTRY_BYTES = 8;
/** The package of Node has hundreds of items. Text that looks like a header has not. */
const LEAST_ITEMS = 100;

/** Resources of a language, by their names (res_index is their list), and dictionaries. */
const REMOVED = /\/(?:(?!en[._]|res_index)[a-z]{2,3}(?:_\w+)?\.res|\w+\.dict)$/;

/**
 * Removes the resources of other languages from a binary, in place.
 * @throws Error when it contains no data of ICU
 * @param {Buffer} binary
 */
export function thinIcu(binary) {
  const toc = tocOf(binary);
  const entries = entriesOf(binary, toc);
  const kept = entries.filter(({ name }) => !REMOVED.test(name));
  for (const [index, { name, data }] of entries.entries()) {
    // Where the last one ends is not written down.
    const end = entries[index + 1]?.data ?? data;
    if (REMOVED.test(name)) binary.fill(0, toc + data, toc + end);
  }
  binary.fill(0, toc + 4, toc + 4 + entries.length * ENTRY_BYTES);
  binary.writeUInt32LE(kept.length, toc);
  for (const [index, { nameAt, data }] of kept.entries()) {
    binary.writeUInt32LE(nameAt, toc + 4 + index * ENTRY_BYTES);
    binary.writeUInt32LE(data, toc + 8 + index * ENTRY_BYTES);
  }
}

/**
 * The offset of the table of items.
 * @param {Buffer} binary
 */
function tocOf(binary) {
  for (let at = binary.indexOf(FORMAT); at >= 0; at = binary.indexOf(FORMAT, at + 1)) {
    const start = at - FORMAT_AT;
    if (start < 0 || MAGIC.some((byte, index) => binary[start + MAGIC_AT + index] !== byte))
      continue;
    const toc = start + binary.readUInt16LE(start);
    if (binary.readUInt32LE(toc) >= LEAST_ITEMS) return toc;
  }
  throw new Error("the Node binary contains no data of ICU in the form that is known");
}

/**
 * @param {Buffer} binary
 * @param {number} toc
 */
function entriesOf(binary, toc) {
  return Array.from({ length: binary.readUInt32LE(toc) }, (_, index) => {
    const at = toc + 4 + index * ENTRY_BYTES;
    const nameAt = binary.readUInt32LE(at);
    const name = binary.toString("latin1", toc + nameAt, binary.indexOf(0, toc + nameAt));
    return { nameAt, name, data: binary.readUInt32LE(at + 4) };
  });
}
