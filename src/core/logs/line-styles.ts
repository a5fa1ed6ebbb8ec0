// The formats of a line of output, by their names in the configuration: see line-format.ts.

import { displayWidth } from "../base/printable.ts";

/** The values of `log_format`. */
export const LOG_FORMATS = ["raw", "prefix", "json", "logfmt"] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];
/** `plain`: whole lines, unchanged. */
export type LineFormat = LogFormat | "plain";

/**
 * The values of `log_timestamp`, besides `none`:
 * `time` 12:04:07; `iso` 2026-03-01T12:04:07+01:00; `iso-ms` the same with milliseconds; `utc` 2026-03-01T11:04:07.123Z;
 * `unix` 1772363047.123 (seconds since 1970).
 */
export const LINE_TIMES = ["none", "time", "iso", "iso-ms", "utc", "unix"] as const;

export type LineTime = (typeof LINE_TIMES)[number];

// A colour for each program, the same in every output and in every run, readable on a dark and on a light background.

/** Parameters of SGR. Red is reserved for errors, and black and white may be the background. */
const COLOURS = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"] as const;
/** The colour of standard error. */
export const ERROR_COLOUR = "1;31";

type Colour = (typeof COLOURS)[number];

/** The colour of a name, regardless of other names, as a parameter of SGR. */
export function nameColour(name: string): Colour {
  return COLOURS[placeOf(name)] ?? "36";
}

/**
 * The colours of all names of a daemon, as parameters of SGR: up to ten names have different colours, beyond that they repeat.
 * @param names in any order. A name gets its `nameColour`, or the next free colour if a name before it in the alphabet has that
 */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, Colour> {
  const uses = COLOURS.map(() => 0);
  const colours = new Map<string, Colour>();
  for (const name of [...new Set(names)].sort()) {
    const least = Math.min(...uses);
    const first = placeOf(name);
    const free = COLOURS.map((_, step) => (first + step) % COLOURS.length);
    const place = free.find((at) => uses[at] === least) ?? first;
    uses[place] = least + 1;
    colours.set(name, COLOURS[place] ?? "36");
  }
  return colours;
}

/** FNV-1a: names that differ in one digit get different colours. */
function placeOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  }
  return (hash >>> 8) % COLOURS.length;
}

// The width of the names before lines. A long name does not push the lines of all programs off a narrow terminal.

/** Names are padded to the longest one, up to this many columns. */
const MOST_PADDED = 24;

/** Columns of the names before lines. Longer names exceed this width. */
export function namesWidth(names: readonly string[]): number {
  return Math.max(0, ...names.map(displayWidth).filter((width) => width <= MOST_PADDED));
}

/** Pads a name with blanks at its end. @param width minimum columns */
export function paddedName(name: string, width: number): string {
  return name + " ".repeat(Math.max(0, width - displayWidth(name)));
}
