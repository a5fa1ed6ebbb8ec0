// A unit, init script or property list without the values of the variables that it sets, whatever their names.

import { isSecretValue } from "./config.ts";
import { redactPatterns, type Sink } from "./patterns.ts";
import { isHarmlessVariable, REDACTED } from "./secret-names.ts";

/** Lines that set variables: of systemd, of shells, of OpenRC. */
const SETS = /^(\s*(?:Environment=|export\s+|(?:exec\s+)?env\s+|(?=[A-Za-z_]\w*=)))(.*)$/gm;
const PAIR = /(["']?)\b([A-Za-z_]\w*)=("(?:[^"\\]|\\[\s\S])*"|'[^']*'|(?:\\.|[^\s"'\\])*)/g;
/** Of a property list of macOS. */
const DICTIONARY = /(<key>EnvironmentVariables<\/key>\s*<dict>)([\s\S]*?)(<\/dict>)/g;
const ENTRY = /(<key>([^<]*)<\/key>\s*<string>)([^<]*)(<\/string>)/g;

/** Options of units whose values are no variables: `ExecStart=`, `User=`. */
const UNIT_OPTION = /^[A-Z][a-z]\w*$/;

/** Hides what it sets. `sink` is told what was found. */
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
