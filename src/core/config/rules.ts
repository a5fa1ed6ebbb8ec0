// Rules of problems of a configuration: a stable identifier for each, whatever its text, and the code in the doctor's
// catalogue that explains and fixes it.

import type { ConfigFix } from "./lint/edits.ts";

/** Rule to code. Each problem has one rule, and so one code. */
export const RULE_CODES = {
  "no-file": "CONF-001",
  "unreadable-file": "CONF-001",
  "byte-order-mark": "CONF-002",
  "windows-line-ends": "CONF-003",
  encoding: "CONF-004",
  "no-supervisord": "CONF-005",
  fragment: "CONF-005",
  "no-supervisorctl": "CONF-005",
  cut: "CONF-006",
  "glued-comment": "CONF-007",
  "glued-path": "CONF-007",
  quoted: "CONF-008",
  "quoted-command": "CONF-008",
  "quoted-value": "CONF-008",
  expansion: "CONF-009",
  "bare-percent": "CONF-009",
  "include-without-files": "CONF-010",
  "include-matches-nothing": "CONF-010",
  "include-nested": "CONF-010",
  "include-skipped": "CONF-011",
  "unfit-include": "CONF-011",
  "repeated-section": "CONF-012",
  "repeated-option": "CONF-012",
  "repeated-group": "CONF-012",
  "repeated-process": "CONF-012",
  "no-section-headers": "CONF-013",
  "bad-line": "CONF-013",
  value: "CONF-013",
  name: "CONF-013",
  "missing-option": "CONF-013",
  "unknown-program": "CONF-013",
  "unknown-template": "CONF-013",
  "template-loop": "CONF-013",
  "unused-template": "CONF-013",
  "unknown-event": "CONF-013",
  "unfit-decision": "CONF-013",
  "unused-decision": "CONF-013",
  "unkept-history": "CONF-013",
  combination: "CONF-013",
  "out-of-range": "CONF-013",
  "environment-separator": "CONF-013",
  "ignored-log": "CONF-013",
  "syslog-as-file": "CONF-013",
  "stop-signal": "CONF-013",
  "stop-choice": "CONF-013",
  "kill-without-stop": "CONF-013",
  "stop-by-mode": "CONF-013",
  "empty-command": "CONF-013",
  "never-due": "CONF-013",
  "no-effect": "CONF-013",
  "matches-no-program": "CONF-013",
  "mixed-formats": "CONF-013",
  "log-is-backup": "CONF-013",
  "unknown-target": "CONF-013",
  "check-of-daemon": "CONF-013",
  "line-continuation": "CONF-015",
  "shell-syntax": "CONF-016",
  "unknown-option": "CONF-014",
  "unknown-section": "CONF-014",
  "foreign-option": "CONF-014",
  "foreign-section": "CONF-014",
  "python-factory": "CONF-018",
  "missing-directory": "LOG-004",
  "not-rotatable": "LOG-002",
  "endless-log": "LOG-007",
  "unknown-user": "PROG-006",
  "command-quotes": "PROG-007",
  "shell-keeps-signal": "PROG-011",
  "env-comment": "CONF-013",
  "missing-watched-path": "CONF-013",
  "missing-command": "PROG-001",
  "unfit-command": "PROG-002",
  "missing-working-directory": "PROG-005",
  "env-file": "PROG-028",
  "env-file-unseen": "PROG-028",
  "shared-address": "SOCK-007",
  "socket-access": "SOCK-012",
  "other-serverurl": "SOCK-005",
  "no-rpcinterface": "SOCK-013",
  "certificate-file": "SOCK-016",
  "certificate-unseen": "SOCK-016",
  "missing-certificate": "SOCK-016",
  "certificate-time": "SOCK-017",
  "open-port": "SEC-001",
  "open-socket": "SEC-007",
} as const;

/**
 * What a sound configuration may well have, and is reported only when asked for: sections that resemble none of tsv's, which
 * a plugin or a person may read; a directory for programs that holds none yet; a file that another one includes; a template for
 * programs to come; a way to stop that the user has chosen; a file that only the daemon's user can judge; line endings that only other tools mind.
 */
export const NOTE_RULES: ReadonlySet<ConfigRule> = new Set([
  "certificate-unseen",
  "env-file-unseen",
  "foreign-section",
  "fragment",
  "include-matches-nothing",
  "kill-without-stop",
  "stop-choice",
  "unused-decision",
  "unused-template",
  "windows-line-ends",
]);

/** The daemon does not start with them, or the program fails at every start. */
export const FAILING_RULES: ReadonlySet<ConfigRule> = new Set([
  "certificate-file",
  "command-quotes",
  "empty-command",
  "env-file",
  "quoted-command",
  "shared-address",
]);

export type ConfigRule = keyof typeof RULE_CODES;

/** An advice that Supervisor lacks: unknown key, truncated command, `%` trap. Never stops anything. */
export interface ConfigWarning {
  readonly file: string;
  /** 1-based; null for the file as a whole, which has no section either. */
  readonly line: number | null;
  readonly section: string | null;
  readonly key: string | null;
  readonly rule: ConfigRule;
  readonly message: string;
  /** What to write instead, when that is known. */
  readonly suggestion: string | null;
}

/** A problem of a configuration, as `tsv check` reports it. */
export interface CheckProblem extends ConfigWarning {
  /** `note`: worth knowing, and nothing is wrong. */
  readonly severity: "error" | "warning" | "note";
  /** Of the doctor's catalogue, which explains it. */
  readonly code: (typeof RULE_CODES)[ConfigRule];
  /** The edits of `file` that correct it; null if only the user can. */
  readonly fix: ConfigFix | null;
}
