// Splits a line of the shell (or the words of the command line, joined) into an action and its argument.

type CommandLine =
  | { readonly kind: "empty" }
  | { readonly kind: "unknown"; readonly line: string }
  | {
      readonly kind: "action";
      readonly name: string;
      readonly argument: string;
      readonly line: string;
    };

/**
 * The first run of letters, digits and underscores is the action, the rest its argument: `status-x` is `status -x`.
 * `?` stands for help; `!` would run a program in other shells and is refused here.
 */
export function parseCommandLine(text: string): CommandLine {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "empty" };
  if (trimmed.startsWith("!")) return { kind: "unknown", line: trimmed };
  const line = trimmed.startsWith("?") ? `help ${trimmed.slice(1)}` : trimmed;
  const name = /^[A-Za-z0-9_]*/.exec(line)?.[0] ?? "";
  if (name === "") return { kind: "unknown", line };
  return { kind: "action", name, argument: line.slice(name.length).trim(), line };
}

/** The words of an argument. */
export function splitWords(argument: string): readonly string[] {
  return argument.split(/\s+/).filter((word) => word !== "");
}

/** An integer in Python's notation (`10`, `+10`, `1_000`), or null. */
export function parseInteger(text: string): number | null {
  return /^\s*[+-]?\d+(_\d+)*\s*$/.test(text) ? Number(text.replaceAll("_", "")) : null;
}
