// The rules of logrotate(8) on this host: which files they match and what happens to them.

import { globMatch } from "../../../core/config/glob.ts";
import type { Probe } from "../../facts/probe.ts";

export interface RotatingRule {
  readonly file: string;
  /** The line where the rule begins, from 1. */
  readonly line: number;
  readonly patterns: readonly string[];
  /** Whether it copies the file or notifies the daemon. */
  readonly isSafe: boolean;
  readonly matches: (path: string) => boolean;
}

const MAIN = "/etc/logrotate.conf";
const DIRECTORY = "/etc/logrotate.d";
/** Files that logrotate itself skips. */
const PASSED_OVER = /(?:~|\.(?:bak|dpkg-\w+|rpm\w+|swp|disabled|cfsaved|ucf-\w+))$|^\./;

/** All rules that name files. */
export function rotatingRules(probe: Probe): readonly RotatingRule[] {
  const names = (probe.list(DIRECTORY) ?? []).filter((name) => !PASSED_OVER.test(name));
  const files = [MAIN, ...names.map((name) => `${DIRECTORY}/${name}`)];
  const main = probe.readText(MAIN) ?? "";
  const isCopied = /^\s*copytruncate\b/m.test(main.replace(/\{[^}]*\}/g, ""));
  return files.flatMap((file) => parseRules(probe.readText(file) ?? "", file, isCopied));
}

/** Reads `/var/log/a.log "/var/log/b c.log" { … }`. */
export function parseRules(text: string, file: string, isCopied: boolean): readonly RotatingRule[] {
  const rules: RotatingRule[] = [];
  let patterns: string[] = [];
  let begins = 0;
  let body: string[] | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^\s*#.*/, "").trim();
    if (body !== null) {
      if (line !== "}") body.push(line);
      else {
        rules.push(ruleOf(file, begins, patterns, body, isCopied));
        patterns = [];
        body = null;
      }
      continue;
    }
    const opens = line.endsWith("{");
    const words = namesIn(opens ? line.slice(0, -1) : line);
    if (words.length > 0 && patterns.length === 0) begins = index + 1;
    if (words.length === 0 && line !== "" && !opens) patterns = [];
    patterns.push(...words);
    if (opens) body = [];
  }
  return rules;
}

/** Only absolute names; everything else is a directive. */
function namesIn(line: string): readonly string[] {
  if (!/^["']?\//.test(line)) return [];
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), (found) => {
    const [, double, single, bare] = found;
    return double ?? single ?? bare ?? "";
  });
}

function ruleOf(
  file: string,
  line: number,
  patterns: readonly string[],
  body: readonly string[],
  isCopied: boolean,
): RotatingRule {
  const matchers = patterns.map(createMatcher);
  const text = body.join("\n");
  const copies =
    /^(?:copytruncate|copy)$/m.test(text) || (isCopied && !/^nocopytruncate$/m.test(text));
  const notifies = /\b(?:SIG)?USR2\b|supervisor|\btsv\b/.test(text);
  const matches = (path: string): boolean => matchers.some((matcher) => matcher(path));
  return { file, line, patterns, isSafe: copies || notifies, matches };
}

/** An asterisk does not match a slash. Comparing the text before the first wildcard excludes most paths. */
function createMatcher(pattern: string): (path: string) => boolean {
  const plain = /^[^*?[]*/.exec(pattern)?.[0] ?? "";
  const parts = pattern.split("/");
  return (path) => {
    if (!path.startsWith(plain)) return false;
    const names = path.split("/");
    return (
      names.length === parts.length &&
      parts.every((part, index) => globMatch(part, names[index] ?? ""))
    );
  };
}
