// What the Python package supervisor-stdout does with output, which many configurations for containers use: its listener
// answers each event of type PROCESS_LOG with the event itself, and its result handler prints the lines of that with the
// name of the process and the channel in front.

/** A result longer than this is cut: events of output are at most some 130 kB. */
export const MOST_RESULT_BYTES = 256 * 1024;

/**
 * What the handler prints.
 * @param result one character a byte
 * @returns the lines, with the last line end; null for a result that is no event of output
 */
export function prefixedLines(result: string): string | null {
  const end = result.indexOf("\n");
  if (end < 0) return null;
  const headers = new Map(
    result
      .slice(0, end)
      .split(/\s+/)
      .map((word): [string, string] => {
        const colon = word.indexOf(":");
        return [word.slice(0, colon), word.slice(colon + 1)];
      }),
  );
  const [name, channel] = [headers.get("processname"), headers.get("channel")];
  if (name === undefined || channel === undefined) return null;
  const lines = result.slice(end + 1).split("\n");
  return lines.map((line) => `${name} ${channel} | ${line}\n`).join("");
}
