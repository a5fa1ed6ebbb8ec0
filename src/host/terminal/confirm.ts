// Questions with the answers yes and no.

import type { Terminal } from "../../ports/terminal.ts";

/** Whether there is a terminal to ask for confirmation. */
export function canAsk({ stdinIsTty, stdoutIsTty }: Terminal): boolean {
  return stdinIsTty && stdoutIsTty;
}

/** Asks. Anything but y and yes is a no, also the end of input. @param question without its question mark */
export async function isConfirmed(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await terminal.readLine(`${question}? [y/N] `);
  return /^\s*(?:y|yes)\s*$/i.test(answer ?? "");
}
