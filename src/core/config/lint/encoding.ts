// Files that are not UTF-8: where, and their text if the encoding is certain.

import type { ConfigWorld } from "../world.ts";
import type { ConfigFix } from "./edits.ts";

interface Recoding {
  /** The first line that is not UTF-8; null if unknown, or if no line is UTF-8. */
  readonly line: number | null;
  /** All such lines are comments. */
  readonly isComment: boolean;
  /** The likely encoding, as iconv(1) names it. */
  readonly from: "UTF-16" | "WINDOWS-1252";
  /** A byte order mark identifies UTF-16, and the daemon ignores comments. Otherwise the encoding is a guess. */
  readonly fix: ConfigFix | null;
}

/** Examines the bytes of a file that is not UTF-8. */
export function recode(file: string, world: Pick<ConfigWorld, "readEnvFile">): Recoding {
  const read = world.readEnvFile(file);
  const bytes = read.ok ? read.value : new Uint8Array();
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    const name = first === 0xff ? "utf-16le" : "utf-16be";
    const text = new TextDecoder(name).decode(bytes);
    return { line: null, isComment: false, from: "UTF-16", fix: fixOf("UTF-16", text) };
  }
  const lines = linesOf(bytes);
  const bad = lines.flatMap((line, index) => (isUtf8(line) ? [] : [{ line, number: index + 1 }]));
  const isComment = bad.length > 0 && bad.every(({ line }) => /^\s*[;#]/.test(latin(line)));
  // Lines that are UTF-8 stay unchanged; a file may contain both.
  const text = lines.map((line) => (isUtf8(line) ? utf8(line) : latin(line))).join("");
  const fix = isComment ? fixOf("WINDOWS-1252", text) : null;
  return { line: bad[0]?.number ?? null, isComment, from: "WINDOWS-1252", fix };
}

function fixOf(from: Recoding["from"], text: string): ConfigFix {
  const advice = `Convert the file from ${from} to UTF-8`;
  return { advice, edits: [{ kind: "text", text, shows: "in UTF-8" }] };
}

/** With their line feeds. */
function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}
