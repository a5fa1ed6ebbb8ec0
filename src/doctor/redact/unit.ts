// Redacts the values of all variables that a unit, init script or property list sets.

import { redactPatterns, type Sink } from "../../core/redact/patterns.ts";
import { isHarmlessVariable, REDACTED } from "../../core/redact/secret-names.ts";
import { isSecretValue } from "./config.ts";

/** Lines that set variables in units, shell scripts and OpenRC scripts. */
const SETS = /^(\s*(?:Environment=|export\s+|(?:exec\s+)?env\s+|(?=[A-Za-z_]\w*=)))(.*)$/gm;
const PAIR = /(["']?)\b([A-Za-z_]\w*)=("(?:[^"\\]|\\[\s\S])*"|'[^']*'|(?:\\.|[^\s"'\\])*)/g;
/** In a property list of macOS. */
const DICTIONARY = /(<key>EnvironmentVariables<\/key>\s*<dict>)([\s\S]*?)(<\/dict>)/g;
const ENTRY = /(<key>([^<]*)<\/key>\s*<string>)([^<]*)(<\/string>)/g;

/** Options of units whose values are not variables: `ExecStart=`, `User=`. */
const UNIT_OPTION = /^[A-Z][a-z]\w*$/;

/** Redacts the values. `sink` receives the secrets. */
export function redactUnit(text: string, sink: Sink = () => {}): string {
  const hide = (name: string, value: string): string => {
    if (isHarmlessVariable(name) || value === "") return value;
    const bare = value.replace(/^(["'])(.*)\1$/s, "$2");
    if (isSecretValue(name, bare)) sink(bare);
    return REDACTED;
  };
  const redacted = text
    .replace(SETS, (_, before: string, line: string) => before + hidePairs(before, line, hide))
    .replace(DICTIONARY, (_, start: string, inside: string, end: string) => {
      const hidden = inside.replace(
        ENTRY,
        (_match, open: string, name: string, value: string, close: string) =>
          open + hide(name, value) + close,
      );
      return start + hidden + end;
    });
  return redactPatterns(redacted, sink);
}

function hidePairs(
  before: string,
  line: string,
  hide: (name: string, value: string) => string,
): string {
  // `"NAME=a value"` is quoted as a whole.
  const whole = line.replace(
    /(["'])([A-Za-z_]\w*)=((?:(?!\1)[^\\]|\\.)*)\1/g,
    (_, quote: string, name: string, value: string) =>
      `${quote}${name}=${hide(name, value)}${quote}`,
  );
  return whole.replace(PAIR, (match, quote: string, name: string, value: string) => {
    if (before.trim() === "" && UNIT_OPTION.test(name)) return match;
    if (quote !== "" || value.startsWith(REDACTED)) return match;
    return `${name}=${hide(name, value)}`;
  });
}
