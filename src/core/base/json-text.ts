// JSON for standard output, which may be a terminal.

/**
 * JSON that no terminal takes for orders: DEL and the C1 control characters (U+0080 to U+009F, ECMA-48), which JSON allows
 * as they are, are escaped as the others. A reader of JSON sees the same value.
 * @param indent blanks for each level; 0 for one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
