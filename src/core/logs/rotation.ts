// When a log is rotated and which renames that takes (Supervisor, loggers.py, RotatingFileHandler.doRollover): the
// file becomes `.1`, `.1` becomes `.2`, up to the number of backups. Files beyond that number are kept.

/** One rename; a missing `from` is no error, an existing `to` is replaced. */
interface Rename {
  readonly from: string;
  readonly to: string;
}

/** True when a log that has grown to `size` bytes is due. Asked after each chunk; 0 never rotates. */
export function isRotationDue(size: number, maxBytes: number): boolean {
  return maxBytes > 0 && size >= maxBytes;
}

/** The renames in the order to do them. Empty for no backups: then the file is only emptied. */
export function rotationPlan(path: string, backups: number): readonly Rename[] {
  const plan: Rename[] = [];
  for (let index = backups - 1; index >= 1; index -= 1) {
    plan.push({ from: `${path}.${index}`, to: `${path}.${index + 1}` });
  }
  if (backups > 0) plan.push({ from: path, to: `${path}.1` });
  return plan;
}
