// Errors that nobody catches end a Node process. That is right as long as all code is our own; with a user's module in
// the process, the daemon must outlive them.

let report: ((text: string) => void) | null = null;

/** From now on an uncaught error is reported instead of ending the process. The last `reportTo` counts. */
export function surviveStrayErrors(reportTo: (text: string) => void): void {
  if (report === null) {
    // Rejections that nobody handles come here too (Node's default since version 15).
    process.on("uncaughtException", (error) => report?.(error.stack ?? String(error)));
  }
  report = reportTo;
}
