// The history of programs as a file: a head, and a frame for each record. Each has a checksum, so a damaged part is left out and
// never read as numbers. Numbers are little-endian, as on every machine that tsv runs on.

import type { Instant } from "../base/time.ts";
import { COARSE_MS, COARSE_SLOTS, RECORD_BYTES } from "./record.ts";

/** Of the file; readers of another version begin anew. */
const VERSION = 1;
const MAGIC = new TextEncoder().encode("tsv-history\n");
const PLACES = { version: 12, count: 16, wall: 24, present: 32, checksum: 40 } as const;

/** Of the head of the file. */
export const KEPT_HEAD_BYTES = 48;
const CHECKSUM_BYTES = 4;
/** Of a record with its checksum. */
export const FRAME_BYTES = RECORD_BYTES + CHECKSUM_BYTES;

/** When a history was written. */
export interface KeptHead {
  /** Records in the file. */
  readonly count: number;
  /** Wall clock, epoch milliseconds. */
  readonly wall: number;
  /** The same time in milliseconds since the epoch of the history. */
  readonly present: number;
}

/** Why a head cannot be used. `foreign`: tsv has not written it; the others are of tsv and may be replaced. */
export type HeadFlaw = "empty" | "foreign" | "version" | "damaged";

export function keptHead({ count, wall, present }: KeptHead): Uint8Array {
  const bytes = new Uint8Array(KEPT_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(PLACES.version, VERSION, true);
  view.setUint32(PLACES.count, count, true);
  view.setFloat64(PLACES.wall, wall, true);
  view.setFloat64(PLACES.present, present, true);
  view.setUint32(PLACES.checksum, checksum(bytes.subarray(0, PLACES.checksum)), true);
  return bytes;
}

/** @param bytes the first KEPT_HEAD_BYTES of a file, or all of a shorter one */
export function readKeptHead(bytes: Uint8Array): KeptHead | HeadFlaw {
  if (bytes.length === 0) return "empty";
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) return "foreign";
  if (bytes.length < KEPT_HEAD_BYTES) return "damaged";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sum = checksum(bytes.subarray(0, PLACES.checksum));
  if (view.getUint32(PLACES.checksum, true) !== sum) return "damaged";
  if (view.getUint32(PLACES.version, true) !== VERSION) return "version";
  return {
    count: view.getUint32(PLACES.count, true),
    wall: view.getFloat64(PLACES.wall, true),
    present: view.getFloat64(PLACES.present, true),
  };
}

/** A copy of a record with its checksum. */
export function frameOf(record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  bytes.set(record);
  new DataView(bytes.buffer).setUint32(RECORD_BYTES, checksum(record), true);
  return bytes;
}

/** @returns the record; null if a byte is missing or another one */
export function recordOf(frame: Uint8Array): Uint8Array | null {
  if (frame.length !== FRAME_BYTES) return null;
  const record = frame.subarray(0, RECORD_BYTES);
  const sum = new DataView(frame.buffer, frame.byteOffset).getUint32(RECORD_BYTES, true);
  return sum === checksum(record) ? record : null;
}

/** Whether all values of a kept history are too old to be shown. */
export function isOutdated({ wall }: KeptHead, now: Instant): boolean {
  return now.wall - wall >= COARSE_SLOTS * COARSE_MS;
}

/** CRC-32 of IEEE 802.3: finds each error of up to 32 bits in a row. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (CRC[(sum ^ byte) & 255] ?? 0);
  return ~sum >>> 0;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ ((sum & 1) * 0xedb88320);
  return sum;
});
