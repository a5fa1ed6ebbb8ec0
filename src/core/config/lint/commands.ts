// What a command expects of a shell that does not run it, and what a shell does that runs it.

import { LONGEST_VALUE } from "../limits.ts";
import { splitPath } from "../paths.ts";
import { splitCommand } from "../posix-lexer.ts";
import type { ConfigWorld } from "../world.ts";

/** A word with its quotes. */
interface CommandToken {
  readonly source: string;
  /** Where it begins in the value. */
  readonly at: number;
  /** What stands outside quotes and is not escaped. */
  readonly bare: string;
  /** The same and what stands in double quotes, where a shell replaces variables. */
  readonly replaceable: string;
  /** The text that the program gets. */
  readonly text: string;
  /** It holds a backslash before the end of a line, outside quotes. */
  readonly breaksLine: boolean;
}

/** Text in single quotes, text in double quotes, a character behind a backslash, and text that needs none of them. */
const PART = /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.?)|([^\s'"\\]+)/gs;
const TOKEN = new RegExp(`(?:${PART.source})+`, "gs");

/** Splits as the daemon does. A quotation that is not closed ends with the value. */
export function commandTokens(value: string): readonly CommandToken[] {
  // The daemon refuses it; V8 searches it with a stack that has an end.
  if (value.length > LONGEST_VALUE) return [];
  return Array.from(value.matchAll(TOKEN), ({ 0: source, index: at }) => {
    const token = { source, at, bare: "", replaceable: "", text: "", breaksLine: false };
    for (const [, single = "", double = "", escaped = "", bare = ""] of source.matchAll(PART)) {
      token.bare += bare;
      token.replaceable += bare + double.replace(/\\["\\]/g, "");
      token.text += single + double.replace(/\\(["\\])/g, "$1") + escaped + bare;
      token.breaksLine ||= escaped === "\n";
    }
    return token;
  });
}

const OPERATOR = /^(?:&&|\|\|?|;|&|[0-9&]?>>?(?!=).*|<(?!=)\S*|[0-9]>&[0-9])$/;
const VARIABLE = /\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})|\$\([a-z]|`[^`]*`/;
const SHELL = /(?:^|\/)(?:ba|da|z|k|c|tc|fi|a)?sh$/;

/** The words and operators that a shell would see: `true; app` has three. Words with quotes stay whole. */
export function shellTokens(command: string): readonly CommandToken[] {
  const words = commandTokens(command);
  return words.flatMap((word, index) => {
    const { source, bare, at } = word;
    // An argument may contain any sign, but rarely ends with this one where another follows.
    const sign = index === 0 ? /;|&&|\|\|?/ : index < words.length - 1 ? /;$/ : null;
    const found = source === bare ? sign?.exec(bare) : null;
    if (found == null) return [word];
    const end = found.index + found[0].length;
    const bounds = [
      [0, found.index],
      [found.index, end],
      [end, source.length],
    ] as const;
    return bounds.flatMap(([from, to]) => {
      const text = source.slice(from, to);
      const part = { ...word, source: text, at: at + from, bare: text, replaceable: text, text };
      return text === "" ? [] : [part];
    });
  });
}

/** `FOO=bar app`: the name of the variable. */
export const ASSIGNMENT = /^\s*([A-Za-z_]\w*)=/;
/** `exec:COMMAND` of a check. */
export const EXEC = /^exec:\s*(.*)$/s;

/** Whether a word is an operator of a shell, without quotes. */
export function isOperator({ source, bare }: CommandToken): boolean {
  return source === bare && OPERATOR.test(bare);
}

/** Whether it separates two commands. */
export function isListOperator({ source }: CommandToken): boolean {
  return /^(?:&&|\|\|?|;)$/.test(source);
}

/** The parts of a command that a shell would interpret. After `sh -c`, a shell does. */
export function shellSyntax(command: string, world: Pick<ConfigWorld, "glob">): readonly string[] {
  const words = shellTokens(command);
  if (words.some(({ text }) => SHELL.test(text))) return [];
  const signs = words.flatMap((word, index) => {
    const { source, bare, replaceable } = word;
    if (isOperator(word)) return [bare];
    if (VARIABLE.test(replaceable)) return [VARIABLE.exec(replaceable)?.[0] ?? source];
    if (/^~\w*\//.test(bare)) return [/^~\w*\//.exec(bare)?.[0] ?? "~"];
    return index > 0 && isPattern(bare, world) ? [bare] : [];
  });
  return Array.from(new Set(signs));
}

/** A pattern counts only if it matches files, because programs may expect an asterisk. */
function isPattern(word: string, world: Pick<ConfigWorld, "glob">): boolean {
  if (!/^\/.*[*?]/.test(word) || /[*?[]/.test(splitPath(word).head)) return false;
  const found = world.glob(word);
  return found.ok && found.value.length > 0;
}

/** Commands that a POSIX shell runs without a process of their own. */
const BUILTINS: ReadonlySet<string> = new Set([
  ...([".", ":", "[", "cd", "echo", "eval", "exit", "export", "false", "printf", "pwd"] as const),
  ...(["read", "set", "shift", "test", "true", "ulimit", "umask", "unset"] as const),
]);

/** What starts the next command of a list. */
const SEPARATOR = /&&|\|\|?|[;&\n]/;

/** @param command the text of `command=` */
export function waitsForChildren(command: string): boolean {
  const words = splitCommand(command);
  if (!words.ok) return false;
  const [program = "", option = "", script = ""] = words.value;
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$/.test(program) && /^-[a-z]*c$/.test(option);
  if (!isShell) return false;
  // What stands in quotes is no list, and `2>&1` is no separator.
  const bare = script
    .replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, "''")
    .replace(/\d*>&\d*/g, "")
    .replace(/[;&\s]+$/, "");
  // The shell runs a single command in its own place; it is lists and pipes that it waits for.
  if (!SEPARATOR.test(bare) || /(?:^|[;&|]\s*)exec\s/.test(bare)) return false;
  // A trap may forward the signal.
  if (/\btrap\s/.test(bare)) return false;
  const isControl = /\b(?:while|until|for|if|case)\b/.test(bare);
  if (!isControl && bare.split(SEPARATOR).every(isBuiltin)) return false;
  // bash runs the last command of a simple list in its own place, too.
  const isSimpleList = !isControl && !/(?<!\|)\|(?!\|)|(?<!&)&(?!&)/.test(bare);
  return !(isSimpleList && /(?:^|\/)bash$/.test(program));
}

/** Whether a shell runs a command itself; also after assignments: `A=b cd /srv`. */
export function isBuiltin(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => word !== "" && !/^\w+=/.test(word));
  return words.length === 0 || BUILTINS.has(words[0] ?? "");
}
