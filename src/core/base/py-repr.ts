// String literals the way Python prints them: Supervisor's messages contain them, and people's tools match those messages.

const UNPRINTABLE = /[\p{C}\p{Z}]/u;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escapeByCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

function literal(text: string, mustEscape: (character: string) => boolean): string {
  // Python prefers single quotes, and turns to double ones only where that saves escaping.
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const character of text) {
    const short = SHORT_ESCAPES[character];
    if (short !== undefined) body += short;
    else if (character === quote) body += `\\${quote}`;
    else if (character !== " " && mustEscape(character)) body += escapeByCode(character);
    else body += character;
  }
  return quote + body + quote;
}

/** What Python's `repr()` prints for a string. */
export function pyRepr(text: string): string {
  return literal(text, (character) => UNPRINTABLE.test(character));
}

/** What Python's `ascii()` prints for a string: everything outside ASCII is escaped. */
export function pyAscii(text: string): string {
  return literal(text, (character) => character > "\x7e" || UNPRINTABLE.test(character));
}

/** What Python prints for a list of strings, as in `['foo', 'bar']`. */
export function pyReprList(items: readonly string[]): string {
  return `[${items.map(pyRepr).join(", ")}]`;
}
