// The words of a command as written, quoted or bare: they show whether the author expected a shell.

/** A word with its quotes. */
export interface CommandToken {
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

/** Splits as the daemon does. A quotation that is not closed ends with the value. */
export function commandTokens(value: string): readonly CommandToken[] {
  const tokens: CommandToken[] = [];
  for (let at = 0; at < value.length; ) {
    if (/\s/.test(value.charAt(at))) {
      at += 1;
      continue;
    }
    const token = readToken(value, at);
    tokens.push(token);
    at += token.source.length;
  }
  return tokens;
}

function readToken(value: string, start: number): CommandToken {
  let bare = "";
  let replaceable = "";
  let text = "";
  let breaksLine = false;
  let quote: string | null = null;
  let at = start;
  for (; at < value.length; at += 1) {
    const char = value.charAt(at);
    if (quote === null && /\s/.test(char)) break;
    const next = value.charAt(at + 1);
    if (char === "\\" && (quote === null || (quote === '"' && /["\\]/.test(next)))) {
      if (quote === null && next === "\n") breaksLine = true;
      text += next;
      at += 1;
      continue;
    }
    if (char === quote) quote = null;
    else if (quote === null && (char === '"' || char === "'")) quote = char;
    else {
      text += char;
      if (quote === null) bare += char;
      if (quote !== "'") replaceable += char;
    }
  }
  return { source: value.slice(start, at), at: start, bare, replaceable, text, breaksLine };
}
