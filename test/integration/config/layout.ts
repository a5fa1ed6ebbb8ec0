// Ways in which people and editors lay a configuration out: comments, blanks, continuation lines, other line ends,
// headers and options given twice. Each is a change to a text that was tidy; several are made to one text.

import { fc } from "../../property.ts";

/** A change of one line, by what stands there; null leaves the text alone. */
type LineChange = (line: string) => readonly string[] | null;

const isOption = (line: string): boolean => /^[a-z_.]+=/.test(line);

function onOption(change: (key: string, value: string) => readonly string[] | null): LineChange {
  return (line) => {
    if (!isOption(line)) return null;
    const equals = line.indexOf("=");
    return change(line.slice(0, equals), line.slice(equals + 1));
  };
}

const CHANGES: readonly LineChange[] = [
  ...[" = ", ":", " : ", "\t=\t", "= ", " =", "==", "=\t ", "\u00a0=\u00a0"].map((sign) =>
    onOption((key, value) => [`${key}${sign}${value}`]),
  ),
  ...[
    " ; c",
    " # c",
    "\t;c",
    ";c",
    "#c",
    " ;",
    " ; 'a' # b",
    "  ",
    "\t",
    " ;a ;b",
    "\u3000; x",
  ].map(
    (tail): LineChange =>
      (line) => [line + tail],
  ),
  ...["; comment", "# comment", "", "   ", "\t; c", "  # c", ";[program:gone]"].flatMap(
    (other): LineChange[] => [(line) => [line, other], (line) => [other, line]],
  ),
  // Deeper than its option: more of the value, whatever it looks like.
  ...["  more", "\tmore", "  k=v", "  [x]", "  ; c", "  a ; c", " %(here)s"].map((more) =>
    onOption((key, value) => [`${key}=${value}`, more]),
  ),
  // The value begins on the next line, or is cut in two at a blank.
  onOption((key, value) => [`${key}=`, `  ${value}`]),
  onOption((key, value) => [`${key} =`, "", `    ${value}`]),
  onOption((key, value) => {
    const blank = value.indexOf(" ");
    return blank < 0 ? null : [`${key}=${value.slice(0, blank)}`, ` ${value.slice(blank + 1)}`];
  }),
  onOption((key, value) => [`${key.toUpperCase()}=${value}`]),
  onOption((key, value) => [`${key.charAt(0).toUpperCase()}${key.slice(1)}=${value}`]),
  onOption((key, value) => [`${key}=${value}`, `${key}=${value}`]),
  onOption((key, value) => [`${key}=`, `${key}=${value}`]),
  onOption((key, value) => [`${key}=${value}%%`]),
  onOption((key, value) => [`${key}=${value}%`]),
  onOption((key, value) => [`${key}="${value}"`]),
  onOption((key) => [`${key}=`]),
  onOption((key) => [key]),
  (line) => (line.startsWith("[") ? [`${line} ; c`] : null),
  (line) => (line.startsWith("[") ? [`  ${line}`] : null),
  (line) => (line.startsWith("[") ? [`${line} text behind`] : null),
  (line) => (line.startsWith("[") ? [line, "  indented=1", "  other=2"] : null),
  (line) => (line.startsWith("[") ? [line.replace("]", " ]")] : null),
  (line) => (line.startsWith("[") ? [line.replace(":", ": ")] : null),
  (line) => [` ${line}`],
];

/** Changes of the whole text; the first ones leave it alone. */
const WHOLE: readonly ((text: string) => string)[] = [
  ...Array.from({ length: 24 }, () => (text: string) => text),
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("\n", "\r"),
  (text) => text.replace("\n", "\r\n"),
  (text) => text.trimEnd(),
  (text) => `${text}\n\n  \n`,
  (text) => `\n; first\n${text}`,
  (text) => `\ufeff${text}`,
];

/** A text laid out in another way. */
export function laidOut(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(999), fc.constantFrom(...CHANGES));
  return fc
    .tuple(text, fc.array(change, { maxLength: 3 }), fc.constantFrom(...WHOLE))
    .map(([tidy, changes, whole]) => {
      const lines = tidy.split("\n");
      for (const [place, apply] of changes) {
        const at = place % lines.length;
        const changed = apply(lines[at] ?? "");
        if (changed !== null) lines.splice(at, 1, ...changed);
      }
      return whole(lines.join("\n"));
    });
}
