// Decides when a log is rotated by size. See backups.ts for the steps of a rotation, and periods.ts for rotation by time.

/** True when a log of `size` bytes is due for rotation. Called after each chunk; `maxBytes` 0 means no rotation. */
export function isRotationDue(size: number, maxBytes: number): boolean {
  return maxBytes > 0 && size >= maxBytes;
}
