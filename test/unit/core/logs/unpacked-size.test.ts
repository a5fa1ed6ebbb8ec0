// How long compressed files are, by what they note of themselves.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { GZIP_END, gzipSize, zstdSize } from "../../../../src/core/logs/unpacked-size.ts";
import { fc } from "../../../property.ts";

function ofGzip(file: Uint8Array): number | null {
  return gzipSize(file.subarray(-GZIP_END), file.length);
}

describe("the size of what a gzip file contains", () => {
  it("is at its end, whatever was compressed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.nat(200),
        fc.integer({ min: 0, max: 9 }),
        (part, times, level) => {
          const bytes = Buffer.concat(Array.from({ length: times }, () => part));
          assert.equal(ofGzip(gzipSync(bytes, { level })), bytes.length);
        },
      ),
    );
  });

  it("is not known of several members when the last is short", () => {
    const members = [gzipSync("x".repeat(3000), { level: 0 }), gzipSync("")];
    assert.equal(ofGzip(Buffer.concat(members)), null);
  });

  it("is not known where it may be more than is counted, or is impossible", () => {
    const end = Uint8Array.of(0, 0, 0, 16);
    assert.equal(gzipSize(end, 20_000_000), 2 ** 28);
    assert.equal(gzipSize(end, 90_000_000), null);
    assert.equal(gzipSize(end, 1000), null);
    assert.equal(gzipSize(Uint8Array.of(1, 0, 0), 3), null);
  });
});

describe("the size of what a zstd file contains", () => {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  const of = (...rest: readonly number[]): number | null =>
    zstdSize(Uint8Array.from([...magic, ...rest]), 200);

  it("is in the header of its frame, in one, two, four or eight bytes", () => {
    assert.equal(of(0x20, 7, 0, 0), 7);
    assert.equal(of(0x60, 1, 1), 513);
    assert.equal(of(0xa4, 0, 0, 1, 0), 65_536);
    // With a window, an identity of a dictionary, or both in front of it.
    assert.equal(of(0x84, 0x58, 0, 0, 1, 0), 65_536);
    assert.equal(of(0x83, 0x58, 9, 9, 9, 9, 0, 0, 1, 0), 65_536);
    assert.equal(of(0xe1, 9, 0, 0, 0, 0, 1, 0, 0, 0), 2 ** 32);
  });

  it("is not known when the header has none, is cut off, or is of something else", () => {
    assert.equal(of(0x04, 0x58, 1, 2, 3), null);
    assert.equal(of(0xa4, 0, 0, 1), null);
    assert.equal(of(0xe0, 255, 255, 255, 255, 255, 255, 255, 255), null);
    assert.equal(zstdSize(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0), 200), null);
    assert.equal(zstdSize(new Uint8Array(0), 0), null);
  });

  it("is not known when the file is longer", () => {
    assert.equal(zstdSize(Uint8Array.from([...magic, 0x20, 7]), 5000), null);
  });
});
