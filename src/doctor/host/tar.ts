// Writes archives in the POSIX format (pax and ustar, POSIX.1-2017 pax, "ustar Interchange Format"), for a few texts.

/** One file of an archive. */
interface TarEntry {
  /** Relative, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly modifiedMs: number;
}

const BLOCK = 512;
/** Offsets and lengths of header fields. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const TIME = [136, 12] as const;
const SUM = [148, 8] as const;
const TYPE = [156, 1] as const;
const MAGIC = [257, 8] as const;
const USER = [265, 32] as const;
const GROUP = [297, 32] as const;

/** The whole archive. */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  const pieces = entries.flatMap((entry) => [...longName(entry), ...file(entry, "0")]);
  return concat([...pieces, new Uint8Array(2 * BLOCK)]);
}

/** A name that is too long or not ASCII goes into an extended header before that of the file. */
function longName(entry: TarEntry): readonly Uint8Array[] {
  const name = encode(entry.name);
  if (name.length <= NAME[1] && /^[\x20-\x7e]*$/.test(entry.name)) return [];
  const bytes = paxRecord("path", entry.name);
  return file({ ...entry, name: "PaxHeader", bytes }, "x");
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return concat([encode(String(length)), rest]);
}

function file({ name, bytes, mode, modifiedMs }: TarEntry, type: string): readonly Uint8Array[] {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, [at, length]: readonly [number, number]): void => {
    header.set(encode(text).subarray(0, length), at);
  };
  const octal = (value: number, field: readonly [number, number]): void => {
    put(`${value.toString(8).padStart(field[1] - 1, "0")}\0`, field);
  };
  put(name, NAME);
  octal(mode, MODE);
  octal(0, UID);
  octal(0, GID);
  octal(bytes.length, SIZE);
  octal(Math.floor(modifiedMs / 1000), TIME);
  put(type, TYPE);
  put("ustar\x0000", MAGIC);
  put("root", USER);
  put("root", GROUP);
  put(" ".repeat(SUM[1]), SUM);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, SUM);
  return [header, bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
