// The first line of a script as the kernel reads it (execve(2), "Interpreter scripts"; fs/binfmt_script.c).

/** The kernel reads this many bytes; a longer interpreter name cannot be executed. */
export const SHEBANG_BYTES = 256;

export interface Shebang {
  /** As written, without a carriage return at its end. */
  readonly interpreter: string;
  /** The rest of the line as one argument, as Linux passes it; null if there is none. */
  readonly argument: string | null;
  /** The line ends in a carriage return, which the kernel treats as part of the last word. */
  readonly hasCarriageReturn: boolean;
  /** The name of the interpreter is longer than the bytes that the kernel reads. */
  readonly isCutOff: boolean;
}

/** Reads the first line; null if the file does not begin with `#!`. @param head the first SHEBANG_BYTES or more */
export function readShebang(head: Uint8Array): Shebang | null {
  if (head[0] !== 0x23 || head[1] !== 0x21) return null;
  const bytes = head.subarray(2, SHEBANG_BYTES);
  const end = bytes.indexOf(0x0a);
  const line = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  const text = line.replace(/^[ \t]+|[ \t]+$/g, "");
  const hasCarriageReturn = text.endsWith("\r");
  const clean = hasCarriageReturn ? text.slice(0, -1) : text;
  const split = /^([^ \t\0]*)[ \t]*([^\0]*)/.exec(clean);
  const [, interpreter = "", rest = ""] = split ?? [];
  const isCutOff = end < 0 && head.length >= SHEBANG_BYTES && rest === "";
  return { interpreter, argument: rest === "" ? null : rest, hasCarriageReturn, isCutOff };
}

/** The program that `env` executes: in `env NAME`, `env -S NAME …`, `env A=b NAME`; null if it is not env. */
export function soughtByEnv({ interpreter, argument }: Shebang): string | null {
  if (!/(?:^|\/)env$/.test(interpreter) || argument === null) return null;
  const isSplit = /^(?:-S|--split-string[ =]|-vS|-S )/.test(argument);
  const words = isSplit
    ? argument.replace(/^(?:-v?S|--split-string[ =])\s*/, "").split(/[ \t]+/)
    : [argument];
  const name = words.find((word) => !word.startsWith("-") && !/^\w+=/.test(word));
  return name === undefined || name.includes("$") ? null : name;
}
