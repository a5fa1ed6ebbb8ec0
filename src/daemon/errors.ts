// Errors that prevent a start of the daemon: Supervisor's two lines on stderr, then status 2.

/** Exit statuses of the daemon. One that ends with a program has that program's: see core/supervisor/ending.ts. */
export const EXIT = {
  OK: 0,
  /** Unexpected: a defect of tsv itself. */
  INTERNAL: 1,
  /** Of `tsv run`: a program could not be stopped, and may still be running. */
  LEFT: 1,
  /** Command line, configuration, sockets, rights or limits. Starting again will not help before they are changed. */
  USAGE: 2,
} as const;

/** The text of a startErrorText. @param program the name it was called by */
export function startErrorText(program: string, text: string): string {
  return `Error: ${text}\nFor help, use ${program} -h\n`;
}
