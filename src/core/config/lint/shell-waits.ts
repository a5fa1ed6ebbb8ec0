// Whether a command is a shell that waits for other commands: it takes the stop signal itself, and they keep running.

import { splitCommand } from "../posix-lexer.ts";

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

/** Also after assignments: `A=b cd /srv`. */
function isBuiltin(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => word !== "" && !/^\w+=/.test(word));
  return words.length === 0 || BUILTINS.has(words[0] ?? "");
}
