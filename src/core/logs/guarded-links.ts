// Determines from the current files which symlinks of users root does not follow on the way to a log. host/posix/guarded.c
// makes the decision, by the same rules on the files that it has opened.

/** A link, and what it leads to. */
export interface LinkOnTheWay {
  readonly uid: number;
  /** The directory that it lies in; null where that cannot be looked at. */
  readonly holder: { readonly uid: number; readonly mode: number } | null;
  /** What it leads to; null where that does not exist. */
  readonly led: { readonly uid: number; readonly isFile: boolean } | null;
  /** Whose the directory is that what it leads to lies in, or would. */
  readonly ledIn: number | null;
  /** Whether it stands in the log's own place, and not for a directory on the way. */
  readonly isLast: boolean;
}

export type Refusal =
  /** It leads to what is not its owner's. */
  | "foreign"
  /** In /tmp and similar directories, symlinks of other users are not followed. */
  | "sticky";

/** Why root does not follow a link; null where it does. */
export function refusalOf({ uid, holder, led, ledIn, isLast }: LinkOnTheWay): Refusal | null {
  if (uid === 0) return null;
  const isForAll = holder !== null && (holder.mode & 0o1002) === 0o1002;
  if (isForAll && holder.uid !== uid) return "sticky";
  if (led?.uid === uid) return null;
  const isLog = isLast && (led === null || led.isFile);
  return isLog && ledIn === uid ? null : "foreign";
}
