// The colours of programs on a page: a text with terminal sequences becomes parts with classes of the style sheet. Only these
// classes reach the page, and the visible text is that of `plainText`. Colours are those six that the style sheet can make
// readable on a light and on a dark page; other colours become the nearest of them, black and white the colour of text.
//
//   c1 to c6   red, green, yellow, blue, magenta, cyan      g0 to g6   the same as a background; 0 for the colour of text
//   b d i u s  bold, dim, italic, underlined, struck out

import { ESCAPES, withPictures } from "./tail.ts";

/** A part of a text: its classes, separated by blanks, and what is visible. */
export type ColouredPart = readonly [classes: string, text: string];

/** How characters look. A colour is a number from 0 to 6, where 0 is that of text, or 8 for grey. */
interface Look {
  readonly colour: number;
  /** Null for none. */
  readonly back: number | null;
  /** Colour and background are exchanged. */
  readonly isInverse: boolean;
  /** Letters of `b d i u s`. */
  readonly flags: string;
}

const PLAIN: Look = { colour: 0, back: null, isInverse: false, flags: "" };

/** Splits a line. A sequence has no effect on the next line. */
export function colouredParts(line: string): readonly ColouredPart[] {
  if (!line.includes("\x1b")) return line === "" ? [] : [["", withPictures(line)]];
  const parts: ColouredPart[] = [];
  let look = PLAIN;
  let from = 0;
  const put = (to: number): void => {
    if (to === from) return;
    const classes = classesOf(look);
    const text = withPictures(line.slice(from, to));
    const last = parts.at(-1);
    if (last?.[0] === classes) parts[parts.length - 1] = [classes, last[1] + text];
    else parts.push([classes, text]);
  };
  for (const { 0: sequence, index } of line.matchAll(ESCAPES)) {
    put(index);
    from = index + sequence.length;
    const parameters = SGR.exec(sequence)?.[1];
    if (parameters !== undefined) look = changed(look, parameters.split(/[;:]/).map(Number));
  }
  put(line.length);
  return parts;
}

/** The sequence of colours (ECMA-48, SGR). */
const SGR = /^\x1b\[([\d;:]*)m$/;

function classesOf({ colour, back, isInverse, flags }: Look): string {
  const behind = isInverse ? (back === null || colour !== 0 ? colour : back) : back;
  const classes = flags.split("");
  if (behind !== null) classes.unshift(`g${behind === 8 ? 0 : behind}`);
  else if (colour === 8 && !flags.includes("d")) classes.push("d");
  else if (colour !== 0 && colour !== 8) classes.unshift(`c${colour}`);
  return classes.join(" ");
}

/** What a parameter switches on. */
const ON: Readonly<Record<number, string>> = { 1: "b", 2: "d", 3: "i", 4: "u", 9: "s" };
/** What a parameter switches off. */
const OFF: Readonly<Record<number, string>> = { 22: "bd", 23: "i", 24: "u", 29: "s" };

function changed(before: Look, parameters: readonly number[]): Look {
  let look = before;
  for (let at = 0; at < parameters.length; at += 1) {
    const code = parameters[at] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, length } = extended(parameters.slice(at + 1));
      at += length;
      if (colour !== null) look = code === 38 ? { ...look, colour } : { ...look, back: colour };
    } else look = changedBy(look, code);
  }
  return look;
}

function changedBy(look: Look, code: number): Look {
  const { flags } = look;
  const on = ON[code];
  const off = OFF[code];
  if (code === 0) return PLAIN;
  if (on !== undefined) return flags.includes(on) ? look : { ...look, flags: flags + on };
  if (off !== undefined) {
    return { ...look, flags: flags.replace(new RegExp(`[${off}]`, "g"), "") };
  }
  if (code === 7 || code === 27) return { ...look, isInverse: code === 7 };
  if (code === 39) return { ...look, colour: 0 };
  if (code === 49) return { ...look, back: null };
  if (code >= 30 && code <= 37) return { ...look, colour: basic(code - 30) };
  if (code >= 90 && code <= 97) return { ...look, colour: basic(code - 90 + 8) };
  if (code >= 40 && code <= 47) return { ...look, back: basic(code - 40) };
  if (code >= 100 && code <= 107) return { ...look, back: basic(code - 100 + 8) };
  return look;
}

/** One of the sixteen colours of terminals. */
function basic(index: number): number {
  if (index === 8) return 8;
  const hue = index % 8;
  return hue === 7 ? 0 : hue;
}

/** A colour of 256, or of red, green and blue. @returns the colour, null for a wrong one, and how many parameters it takes */
function extended([kind, ...rest]: readonly number[]): {
  readonly colour: number | null;
  readonly length: number;
} {
  const [first = 0, second = 0, third = 0] = rest;
  if (kind === 5) return { colour: first < 256 ? ofPalette(first) : null, length: 2 };
  if (kind === 2) return { colour: nearest(first, second, third), length: 4 };
  return { colour: null, length: 0 };
}

function ofPalette(index: number): number {
  if (index < 16) return basic(index);
  if (index >= 232) return index < 246 ? 8 : 0;
  const cube = index - 16;
  const level = (n: number): number => (n === 0 ? 0 : 55 + 40 * n);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** The colour whose parts are strong where those of this one are. */
function nearest(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 48) return most > 64 && most < 160 ? 8 : 0;
  const middle = (most + least) / 2;
  return (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
}
