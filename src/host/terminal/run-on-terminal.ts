// A command with its terminal.

import { readFileSync } from "node:fs";
import { complaintLines } from "../../core/base/complaint.ts";
import { USUAL_COLUMNS } from "../../core/base/printable.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { lostOutput } from "./output.ts";
import { createTerminal } from "./terminal.ts";

/** Exit status of a command that succeeded, but for its output. */
const LOST = 1;

/** Runs with standard input and output. @returns the exit status */
export async function runOnTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  const terminal = createTerminal(process.env);
  let exitStatus: number;
  try {
    exitStatus = await run(terminal);
  } finally {
    terminal.close();
  }
  const errno = terminal.outputFailure();
  if (errno === null) return exitStatus;
  const lines = complaintLines(lostOutput(errno), USUAL_COLUMNS);
  terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  return exitStatus === 0 ? LOST : exitStatus;
}

// Questions with the answers yes and no.

/** Whether there is a terminal to ask for confirmation. */
export function canAsk({ stdinIsTty, stdoutIsTty }: Terminal): boolean {
  return stdinIsTty && stdoutIsTty;
}

/** Asks. Anything but y and yes is a no, also the end of input. @param question without its question mark */
export async function isConfirmed(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await terminal.readLine(`${question}? [y/N] `);
  return /^\s*(?:y|yes)\s*$/i.test(answer ?? "");
}

// Standard input as one text, for short commands: they have nothing else to do until it ends.

const STDIN = 0;

export function readStandardInput(): string {
  return readFileSync(STDIN, "utf8");
}
