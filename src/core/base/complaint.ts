// Error messages under tsv's own name: the reason and the commands that fix it. As text and as JSON.

import type { Step } from "./permission-words.ts";
import { wrapWords } from "./printable.ts";

/** Kinds of errors, for programs. docs/json.md explains each. */
export type ErrorKind =
  /** The command line is wrong. */
  | "usage"
  /** The configuration does not exist, cannot be read, or has mistakes. */
  | "configuration"
  | "permission-denied"
  /** Nothing is listening where the daemon should be. */
  | "not-running"
  /** The daemon accepts connections and does not answer. */
  | "no-answer"
  /** No connection for another reason: the network, a name, an address. */
  | "unreachable"
  /** A user name and a password are needed, or these are wrong. */
  | "unauthorized"
  /** What listens is not a tsv or a Supervisor, or not one that the password may be shown to. */
  | "not-the-daemon"
  /** The daemon is shutting down. */
  | "shutting-down"
  /** The program, group or log does not exist. */
  | "unknown-name"
  /** The daemon refused, or the command failed otherwise. */
  | "failed";

/** What went wrong with a command as a whole. */
export interface Complaint {
  readonly kind: ErrorKind;
  /** One clause, without an end. */
  readonly message: string;
  readonly steps: readonly Step[];
}

/** An expected failure: main.ts prints its complaint without a stack. */
export class ComplaintError extends Error {
  readonly complaint: Complaint;

  /** @param details what the message of the error adds, for logs */
  constructor(complaint: Complaint, details: string) {
    super(`${complaint.message}: ${details}`);
    this.complaint = complaint;
  }
}

/** The complaint of a thrown value; by its shape, because each bundle of the executable has a class of its own. */
export function complaintOf(thrown: unknown): Complaint | null {
  if (!(thrown instanceof Error)) return null;
  // getcwd(3) fails with ENOENT where the directory was removed.
  if ("syscall" in thrown && thrown.syscall === "uv_cwd") return NO_DIRECTORY;
  return "complaint" in thrown ? (thrown.complaint as Complaint) : null;
}

const NO_DIRECTORY: Complaint = {
  kind: "failed",
  message: "the working directory cannot be found: it was removed, or may not be read",
  steps: [["Change to another one", "cd /"]],
};

/** The lines for people. Commands are never wrapped, so that they can be pasted. */
export function complaintLines(
  { message, steps }: Omit<Complaint, "kind">,
  columns: number,
): readonly string[] {
  return [...wrapWords(`Error: ${message}`, columns, "  "), ...stepLines(steps, columns)];
}

/** `  What to do: command` for each. */
export function stepLines(steps: readonly Step[], columns: number): readonly string[] {
  return steps.flatMap(([what, command]) => {
    if (command === null) return wrapWords(what, columns - 2).map((line) => `  ${line}`);
    const line = `  ${what}: ${command}`;
    return line.length <= columns ? [line] : [`  ${what}:`, `    ${command}`];
  });
}
