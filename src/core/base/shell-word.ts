// Words of a shell, as every sh reads them.

const PLAIN = /^[A-Za-z0-9_./:=@+,-]+$/;

/** Whether nothing in a word means anything to a shell; nor to systemd's units, nor in XML. */
export function isPlainWord(word: string): boolean {
  return PLAIN.test(word);
}

/** A word of a shell: bare where nothing in it means anything, else in single quotes. */
export function shellWord(word: string): string {
  return isPlainWord(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
