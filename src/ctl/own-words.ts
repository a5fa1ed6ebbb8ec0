// What the actions of supervisorctl say of themselves, in the words of tsv. Supervisor's lines are its clients' contract, and
// commands keep them; under its own name tsv says the same without the names of Supervisor's programs.

import type { ErrorKind } from "../core/base/complaint.ts";

interface OwnWords {
  readonly kind: ErrorKind;
  readonly message: string;
}

type Row = readonly [line: RegExp, kind: ErrorKind, message: string];

const ROWS: readonly Row[] = [
  [/^(?:supervisor |already )?shutting down$/, "shutting-down", "the daemon is shutting down"],
  [/^process group already active$/, "failed", "this group is already active"],
  [/^no such process\/group: (.*)$/s, "unknown-name", "there is no group $1"],
  [/^no such group: (.*)$/s, "unknown-name", "there is no group $1"],
  [/^No such process (.*)$/s, "unknown-name", "there is no program $1"],
  [
    /^process\/group still running: (.*)$/s,
    "failed",
    "$1 is still running; stop it first: tsv stop '$1:*'",
  ],
  [
    /^(\S+) refused connection \(already shut down\?\)$/,
    "not-running",
    "no daemon is running at $1",
  ],
  [/^(\S+) no such file \(already shut down\?\)$/, "not-running", "no daemon is running at $1"],
  [/^no process name supplied$/, "usage", "fg requires a program's name"],
  [/^too many process names supplied$/, "usage", "fg takes one program"],
  [/^bad process name supplied$/, "unknown-name", "there is no program of this name"],
  [/^process not running$/, "failed", "this program is not running"],
  [/^bad channel '(.*)'$/s, "usage", "'$1' is not a log: use stdout or stderr"],
  [/^bad argument (.*)$/s, "usage", "'$1' is not an option: use -f, or -NUMBER for bytes"],
  [/^tail requires process name$/, "usage", "tail requires a program's name"],
  [/^too few arguments$/, "usage", "tail requires a program's name"],
  [/^too many arguments$/, "usage", "$&"],
  [/^(.* requires a )process name$/, "usage", "$1program's name"],
  [/^(.*) requires a signal name and a process name$/, "usage", "$1 requires a signal and a name"],
  [/^(?:.* accepts no arguments|.* requires .*)$/, "usage", "$&"],
  [/^supervisord: ERROR \((.*)\)$/, "failed", "the log of the daemon: $1"],
  [/^(\S+): ERROR \(no such process name\)$/, "unknown-name", "there is no program $1"],
  [/^(\S+): ERROR \(no log file\)$/, "unknown-name", "$1 has no log file"],
  [/^(\S+): ERROR \((.*)\)$/, "failed", "$1: $2"],
  [/^CANT_REREAD: (.*)$/s, "configuration", "$1"],
];

/** The words of tsv for a line of an action. */
export function ownWords(line: string): OwnWords {
  const text = line.replace(/^(?:ERROR|Error): /, "");
  for (const [pattern, kind, message] of ROWS) {
    if (pattern.test(text)) return { kind, message: text.replace(pattern, message) };
  }
  return { kind: "failed", message: text };
}
