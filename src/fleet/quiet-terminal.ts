// The terminal of verbs that run on many hosts.

import type { Terminal } from "../ports/terminal.ts";

/** What verbs see: no person, and no output but what they report. */
export function quietTerminal(terminal: Terminal): Terminal {
  return {
    ...terminal,
    ...{ stdinIsTty: false, stdoutIsTty: false, stderrIsTty: false, colours: false },
    size: () => null,
    write: () => undefined,
    writeError: () => undefined,
    replaceLine: () => undefined,
    onInterrupt: () => () => undefined,
    onOutputClosed: () => () => undefined,
  };
}
