// Determines from the current files which symlinks of users root does not follow on the way to a log. host/posix/guarded.c
// makes the decision, by the same rules on the files that it has opened.

/** A symlink on the path of a log, and its target. */
export interface LinkOnTheWay {
  readonly uid: number;
  /** The directory that contains the symlink; null when it cannot be examined. */
  readonly holder: { readonly uid: number; readonly mode: number } | null;
  /** The target; null when it does not exist. */
  readonly led: { readonly uid: number; readonly isFile: boolean } | null;
  /** The owner of the directory that contains the target, or would contain it; null when unknown. */
  readonly ledIn: number | null;
  /** Whether the symlink is the last component of the path, not a directory on the way. */
  readonly isLast: boolean;
}

export type Refusal =
  /** The target does not belong to the owner of the symlink. */
  | "foreign"
  /** In /tmp and similar directories, symlinks of other users are not followed. */
  | "sticky";

/** The reason why root does not follow a symlink; null when root follows it. */
export function refusalOf({ uid, holder, led, ledIn, isLast }: LinkOnTheWay): Refusal | null {
  if (uid === 0) return null;
  const isForAll = holder !== null && (holder.mode & 0o1002) === 0o1002;
  if (isForAll && holder.uid !== uid) return "sticky";
  if (led?.uid === uid) return null;
  const isLog = isLast && (led === null || led.isFile);
  return isLog && ledIn === uid ? null : "foreign";
}
