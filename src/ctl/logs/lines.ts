// Counting lines in logs, and joining what was read of a log with a stream that starts somewhere in it.

/** The last `count` lines of a text, line ends included. */
export function lastLines(text: string, count: number): string {
  if (count <= 0) return "";
  let at = text.endsWith("\n") ? text.length - 1 : text.length;
  for (let left = count; left > 0; left -= 1) {
    at = at === 0 ? -1 : text.lastIndexOf("\n", at - 1);
    if (at < 0) return text;
  }
  return text.slice(at + 1);
}

/**
 * Joins the text read of a log's end with the first piece of a stream of the same log.
 * @returns the last `count` lines of both together
 */
export function joinStart(read: string, first: string, count: number): string {
  // The stream may begin in the middle of a character: its first line is taken from the text instead.
  const whole = first.slice(first.indexOf("\n") + 1);
  const overlap = whole === "" ? -1 : read.lastIndexOf(whole);
  // Read after the stream began, the text holds the first piece and may reach beyond it; the stream brings the rest
  // again. A text without it is of a log that was rotated in between.
  const joined = overlap < 0 ? read + first : read.slice(0, overlap) + whole;
  return lastLines(joined, count);
}

/**
 * Holds a stream back until the lines before its first piece are known, then hands everything on in order.
 * @param readTail reads the last lines of the log
 */
export function spliceStream(
  readTail: () => Promise<string>,
  show: (bytes: Uint8Array) => void,
  lines: number,
): (bytes: Uint8Array) => void {
  let held: Uint8Array[] | null = null;
  let isOpen = false;
  return (bytes) => {
    if (isOpen) return show(bytes);
    if (held !== null) {
      held.push(bytes);
      return;
    }
    held = [];
    const first = new TextDecoder().decode(bytes);
    const open = (read: string): void => {
      show(new TextEncoder().encode(joinStart(read, first, lines)));
      isOpen = true;
      for (const later of held ?? []) show(later);
    };
    // A tail that cannot be read is no reason to keep the stream back.
    readTail().then(open, () => open(""));
  };
}
