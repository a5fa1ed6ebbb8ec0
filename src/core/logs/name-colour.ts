// A colour for each program, the same one in every output and at any time.

/** Parameters of SGR. Red is for what went wrong, and black and white may be the background. */
const COLOURS = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"] as const;

/** The colour of a program, as a parameter of SGR. */
export function nameColour(name: string): string {
  let hash = 0x811c9dc5;
  // FNV-1a: names that differ in one digit get different colours.
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  }
  return COLOURS[(hash >>> 8) % COLOURS.length] ?? "36";
}
