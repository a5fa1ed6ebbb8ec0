// When a log is rotated by its size; see backups.ts for what that does, and periods.ts for rotation by time.

/** True when a log that has grown to `size` bytes is due. Asked after each chunk; 0 never rotates. */
export function isRotationDue(size: number, maxBytes: number): boolean {
  return maxBytes > 0 && size >= maxBytes;
}
