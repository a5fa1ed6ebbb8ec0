// Text operations that must agree with Python's: its notion of white space and its order of strings. JavaScript's own
// `trim` knows other characters (it takes U+FEFF and leaves U+001C), and its `<` compares UTF-16 units.

const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether Python's `str.isspace` holds for the character. */
export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** `str.lstrip()`. */
function stripLeft(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charAt(start))) start += 1;
  return text.slice(start);
}

/** `str.rstrip()`. */
export function stripRight(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `str.strip()`. */
export function strip(text: string): string {
  return stripLeft(stripRight(text));
}

/** `str.split()`: words between runs of white space, never an empty one. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (!isSpace(character)) word += character;
    else if (word !== "") {
      words.push(word);
      word = "";
    }
  }
  if (word !== "") words.push(word);
  return words;
}
