// A command from the beginning to the end of its output.

import { complaintLines } from "../../core/base/complaint.ts";
import { USUAL_COLUMNS } from "../../core/base/wrap-words.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { lostOutput } from "./output.ts";
import { createTerminal } from "./terminal.ts";

/** Exit status of a command that succeeded, but for its output. */
const LOST = 1;

/** Runs with standard input and output, and waits until everything written has arrived. @returns the exit status */
export async function runOnTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  const terminal = createTerminal(process.env);
  let exitStatus: number;
  try {
    exitStatus = await run(terminal);
  } finally {
    await terminal.flush();
    terminal.close();
  }
  const errno = terminal.outputFailure();
  if (errno === null) return exitStatus;
  const lines = complaintLines(lostOutput(errno), USUAL_COLUMNS);
  terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  return exitStatus === 0 ? LOST : exitStatus;
}
