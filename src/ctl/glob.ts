// Shell patterns in process names, for the verbs of tsv: `web*`, `web:worker_?`, `[ab]*`.

import { displayName } from "../core/base/ids.ts";

/** True for a name that only a pattern can mean. `group:*` is Supervisor's own form and stays as it is. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name.replace(/:\*$/, ""));
}

/**
 * Replaces every pattern by the processes it matches, in the server's order, each once.
 * A pattern that matches nothing stays, so that the command reports it like any other unknown name.
 */
export function expandPatterns(
  names: readonly string[],
  processes: readonly { readonly group: string; readonly name: string }[],
): readonly string[] {
  const expanded = new Set<string>();
  for (const name of names) {
    const matches = isPattern(name) ? matching(name, processes) : [];
    for (const found of matches.length > 0 ? matches : [name]) expanded.add(found);
  }
  return [...expanded];
}

function matching(
  pattern: string,
  processes: readonly { readonly group: string; readonly name: string }[],
): readonly string[] {
  const expression = patternToRegExp(pattern);
  return processes
    .filter(
      ({ group, name }) =>
        expression.test(displayName(group, name)) || expression.test(`${group}:${name}`),
    )
    .map(({ group, name }) => displayName(group, name));
}

/** `*` any characters, `?` one character, `[abc]` and `[!abc]` one of a set. A `[` without end means itself. */
export function patternToRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    const end = char === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (char === "*") source += "[^]*";
    else if (char === "?") source += "[^]";
    else if (end > 0) {
      const set = pattern.slice(at + 1, end);
      const negated = set.startsWith("!") || set.startsWith("^");
      const members = set.slice(negated ? 1 : 0).replace(/[\\\]^[&]/g, "\\$&");
      source += `[${negated ? "^" : ""}${members}]`;
      at = end;
    } else source += char.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    // A set with its ends the wrong way round ([z-a]) matches itself alone.
    return new RegExp(`^${pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`, "u");
  }
}
