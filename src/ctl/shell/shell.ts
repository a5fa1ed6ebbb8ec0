// The interactive shell: reads lines, runs them, until the end of input, `exit` or Ctrl-C. Works without a terminal
// too; prompts are written either way, as scripts that drive Supervisor's shell expect.

import type { Terminal } from "../../ports/terminal.ts";
import type { LineOutcome } from "../session.ts";

/** What the shell needs. */
interface ShellOptions {
  readonly terminal: Terminal;
  /** Shown with `> ` behind it. */
  readonly prompt: string;
  readonly runLine: (line: string) => Promise<Pick<LineOutcome, "leaves">>;
  /** Reads a line after showing the prompt; null at the end of input. Completion and history are its business. */
  readonly readLine: (prompt: string) => Promise<string | null>;
}

const INTERRUPTED: unique symbol = Symbol("interrupted");

/** Runs the shell, which begins with `status`. Its exit status is always 0. */
export async function runShell(options: ShellOptions): Promise<number> {
  const { terminal, prompt, runLine, readLine } = options;
  let forget: () => void = () => undefined;
  const interrupted = new Promise<typeof INTERRUPTED>((resolve) => {
    forget = terminal.onInterrupt(() => resolve(INTERRUPTED));
  });
  /** @returns the next line, null to leave */
  const turn = async (line: string): Promise<string | null> => {
    const outcome = await Promise.race([runLine(line), interrupted]);
    if (outcome !== INTERRUPTED && outcome.leaves) return null;
    const next = outcome === INTERRUPTED ? interrupted : readLine(`${prompt}> `);
    const read: string | null | typeof INTERRUPTED = await Promise.race([next, interrupted]);
    if (read === INTERRUPTED) terminal.write("\n");
    return read === INTERRUPTED ? null : (read ?? "EOF");
  };
  for (let line: string | null = "status"; line !== null; ) line = await turn(line);
  forget();
  return 0;
}
