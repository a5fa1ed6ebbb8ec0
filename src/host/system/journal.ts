// Whether a descriptor leads to systemd's journal.

import { fstatSync } from "node:fs";

/** $JOURNAL_STREAM names device and inode of what systemd connected to the journal (systemd.exec(5)). */
export function isJournal(fd: number): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
