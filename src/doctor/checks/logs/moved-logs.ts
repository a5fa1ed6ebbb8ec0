// LOG-008: the daemon writes to a log that was renamed or removed, so the file at its path stays empty; and the rules of
// logrotate(8) that rename logs.

import { printable } from "../../../core/base/printable.ts";
import { globMatch } from "../../../core/config/glob.ts";
import { readConfig } from "../../facts/access.ts";
import type { DoctorFacts, RunningDaemon } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome, logOwner, logUses } from "../../facts/logs.ts";
import type { OpenFile, Probe } from "../../facts/probe.ts";
import type { Finding } from "../../model.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, groupBy, unknown } from "../check.ts";

export const LOG_WAS_MOVED = check("LOG-008", (facts) => {
  const { daemon, probe } = facts;
  const uses = groupBy(logUses(facts), ({ path }) => path);
  const rules = ruleFindings(uses, facts);
  if (daemon === null || uses.size === 0) return rules;
  const open = probe.openFiles(daemon.pid);
  return [
    rules,
    open === null
      ? unknown(`which logs the daemon with pid ${daemon.pid} has open (needs root)`)
      : movedFinding(uses, open, daemon),
  ];
});

/** Logs that are open under another name, but not under their own. */
function movedFinding(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  open: readonly OpenFile[],
  { pid, startTicks, kind }: RunningDaemon,
): Finding | null {
  const intact = new Set(open.filter(({ deleted }) => !deleted).map(({ target }) => target));
  const moved = open.flatMap((file) => {
    const path = originalName(file, uses);
    return path === null || intact.has(path) ? [] : [{ ...file, path }];
  });
  const [first] = moved;
  if (first === undefined) return null;
  const users = moved.flatMap(({ path }) => uses.get(path) ?? []);
  const what = "make the daemon reopen its logs";
  const signal = { kind: "signal", pid, startTicks, signal: "SIGUSR2", what } as const;
  const step = repairStep(signal, "open under another name", "reopened");
  return finding("error", first.path, {
    symptom: `${first.path} stays empty although programs write`,
    cause: `The daemon with pid ${pid} still writes to the file that it opened, but the file was renamed or removed.`,
    evidence: [
      ...moved
        .slice(0, 5)
        .map(({ path, fd, deleted, target }) =>
          deleted
            ? `descriptor ${fd} is ${printable(path)}, deleted`
            : `descriptor ${fd} is now ${printable(target)}`,
        ),
      `logs of: ${listSome(users.map(logOwner), 6)}`,
    ],
    repair: repair(
      "Make the daemon reopen its logs",
      fix.steps(kind === "tsv" ? "A" : "B", [`kill -USR2 ${pid}`], [step]),
    ),
  });
}

/** `/var/log/web.log` for "/var/log/web.log (deleted)", "/var/log/web.log.1" and "/var/log/web.log-20260102". */
function originalName(
  { target, deleted }: OpenFile,
  uses: ReadonlyMap<string, readonly LogUse[]>,
): string | null {
  if (uses.has(target)) return deleted ? target : null;
  const plain = target.replace(/(?:\.\d{1,4}|[-.]\d{8}(?:-?\d{2,10})?|\.old|\.bak|~)$/, "");
  return plain !== target && uses.has(plain) ? plain : null;
}

/** Rules of logrotate that will rename a log without notifying the daemon. */
function ruleFindings(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  facts: DoctorFacts,
): readonly (Finding | null)[] {
  return rotatingRules(facts.probe).map(({ file, line, patterns, isSafe, matches }) => {
    const paths = isSafe ? [] : Array.from(uses.keys()).filter(matches);
    if (paths.length === 0) return null;
    const pidfile = readConfig(facts)?.daemon.pidfile ?? "";
    return finding("warning", `${file} line ${line}`, {
      symptom: `logs will stay empty after logrotate has renamed ${paths[0] ?? ""}`,
      cause:
        "A rule of logrotate renames logs of this daemon without copytruncate and without notifying the daemon.",
      evidence: [
        `${file} line ${line}: ${printable(patterns.join(" "))}`,
        `matches ${listSome(paths)}`,
      ],
      place: { file, line, section: null, key: null },
      repair: byHand("Add copytruncate to the rule, or make it notify the daemon", [
        `# in ${file}, in the rule of line ${line}, write: copytruncate`,
        `# or: postrotate / kill -USR2 "$(cat ${pidfile})" / endscript`,
      ]),
    });
  });
}

// The rules of logrotate(8) on this host: which files they match and what happens to them.

type RotatingRule = ReturnType<typeof ruleOf>;

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
) {
  const text = body.join("\n");
  const copies =
    /^(?:copytruncate|copy)$/m.test(text) || (isCopied && !/^nocopytruncate$/m.test(text));
  const notifies = /\b(?:SIG)?USR2\b|supervisor|\btsv\b/.test(text);
  const matches = (path: string): boolean =>
    patterns.some((pattern) => matchesPattern(path, pattern));
  // It is safe if it copies the file or notifies the daemon; lines count from 1.
  return { file, line, patterns, isSafe: copies || notifies, matches };
}

/** An asterisk does not match a slash. */
function matchesPattern(path: string, pattern: string): boolean {
  const names = path.split("/");
  const parts = pattern.split("/");
  return (
    names.length === parts.length &&
    parts.every((part, index) => globMatch(part, names[index] ?? ""))
  );
}
