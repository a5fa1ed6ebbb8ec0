// Redacts secrets in a configuration: names, paths and comments stay; values of environments and passwords do not.

import { parseEnvironmentPairs } from "../../core/config/posix-lexer.ts";
import { redactPatterns, type Sink } from "../../core/redact/patterns.ts";
import {
  isHarmlessVariable,
  isSecretName,
  isSecretOption,
  REDACTED,
} from "../../core/redact/secret-names.ts";

/** `  ;key = value`: indentation and comment character, key, delimiter, value. */
const OPTION = /^(\s*(?:[;#]+\s*)?)([^\s=:[\];#][^=:[\]]*?)(\s*[=:]\s*)(.*)$/s;

/** The option that following lines may continue. */
type Open = "secret" | "environment" | "other";

/** Redacts secrets in the text of a configuration, including commented-out options. `sink` receives the secrets. */
export function redactConfig(text: string, sink: Sink = () => {}): string {
  let open: Open = "other";
  let section = "";
  const lines = text.split(/(?<=\n)/).map((line) => {
    const [content = "", end = ""] = /^([\s\S]*?)(\r?\n?)$/.exec(line)?.slice(1) ?? [line];
    const option = OPTION.exec(content);
    const isContinued = /^(?:\s+|[;#]+\s{2,})\S/.test(content) && open !== "other";
    if (option === null || isContinued) {
      const header = /^\s*(?:[;#]+\s*)?\[([^\]]*)\]/.exec(content);
      if (header !== null) open = "other";
      section = header?.[1] ?? section;
      return redactContinuation(content, open, sink) + end;
    }
    const [, before = "", key = "", delimiter = "", value = ""] = option;
    open = kindOf(section, key);
    return `${before}${key}${delimiter}${redactValue(value, open, sink)}${end}`;
  });
  return lines.join("");
}

function kindOf(section: string, key: string): Open {
  const name = key.trim().toLowerCase();
  if (name === "environment") return "environment";
  return isSecretOption(section, name) ? "secret" : "other";
}

function redactValue(value: string, kind: Open, sink: Sink): string {
  if (value.trim() === "") return value;
  if (kind === "secret") return hideWhole(value, sink);
  return kind === "environment" ? redactPairs(value, sink) : redactPatterns(value, sink);
}

function redactContinuation(content: string, kind: Open, sink: Sink): string {
  const [, blanks = "", rest = ""] = /^(\s*)(.*)$/s.exec(content) ?? [];
  if (rest === "" || /^[;#]/.test(rest) || kind === "other") return redactPatterns(content, sink);
  return blanks + redactValue(rest, kind, sink);
}

/** A comment after a password is redacted, too, because readers disagree where comments begin. */
function hideWhole(value: string, sink: Sink): string {
  const trimmed = value.trim();
  sink(trimmed);
  const beforeComment = trimmed.split(/\s[;#]/)[0]?.trim() ?? "";
  sink(beforeComment);
  sink(beforeComment.replaceAll("%%", "%"));
  sink(beforeComment.replace(/^(["'])(.*)\1$/s, "$2"));
  return REDACTED;
}

const PAIR = /([^\s=,"']+)(\s*=\s*)("(?:[^"\\]|\\[\s\S])*"|'[^']*'|[^\s,;"']+|["'][^\r\n]*)/g;

/** KEY="value",KEY2=value2: names stay, and values of public variables. */
function redactPairs(value: string, sink: Sink): string {
  const parsed = parseEnvironmentPairs(value);
  for (const pair of parsed.ok ? parsed.value : []) {
    if (isSecretValue(pair.key, pair.value)) sink(pair.value);
    if (isSecretValue(pair.key, pair.value)) sink(pair.value.replaceAll("%%", "%"));
  }
  let isFirst = true;
  const redacted = value.replace(
    PAIR,
    (match: string, key: string, equals: string, text: string) => {
      isFirst = false;
      const bare = text.replace(/^(["'])(.*)\1$/s, "$2");
      if (isHarmlessVariable(key)) return key + equals + redactPatterns(text, sink);
      if (isSecretValue(key, bare)) sink(bare);
      return match.startsWith(key) ? `${key}${equals}${REDACTED}` : REDACTED;
    },
  );
  // Text that is not a pair is part of a value with an unknown name.
  return isFirst ? REDACTED : redactPatterns(redacted, sink);
}

/**
 * Whether to search for a value elsewhere: it has a secret's name, or looks like a secret. `production`, `8080` and `/srv/app`
 * would match too often.
 */
export function isSecretValue(name: string, value: string): boolean {
  if (isHarmlessVariable(name)) return false;
  // Variables such as SSH_AUTH_SOCK contain paths, which would match too often.
  if (/^(?:\/[\w.@:+-]+){2,}\/?$/.test(value)) return false;
  if (isSecretName(name)) return true;
  if (value.length < 8 || /^[~/.]/.test(value) || /^\d+$/.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9/._:,@ -]/];
  return kinds.filter((kind) => kind.test(value)).length >= 2;
}

// Redacts the values of all variables that a unit, init script or property list sets.

/** Lines that set variables in units, shell scripts and OpenRC scripts. */
const SETS = /^(\s*(?:Environment=|export\s+|(?:exec\s+)?env\s+|(?=[A-Za-z_]\w*=)))(.*)$/gm;
const VARIABLE = /(["']?)\b([A-Za-z_]\w*)=("(?:[^"\\]|\\[\s\S])*"|'[^']*'|(?:\\.|[^\s"'\\])*)/g;
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
  return whole.replace(VARIABLE, (match, quote: string, name: string, value: string) => {
    if (before.trim() === "" && UNIT_OPTION.test(name)) return match;
    if (quote !== "" || value.startsWith(REDACTED)) return match;
    return `${name}=${hide(name, value)}`;
  });
}
