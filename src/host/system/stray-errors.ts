// Catches errors that would otherwise end the process: without the daemon, its programs would be unsupervised.

let report: ((thrown: unknown) => void) | null = null;

/** From now on an uncaught error is reported instead of ending the process. The last `reportTo` counts. */
export function surviveStrayErrors(reportTo: (thrown: unknown) => void): void {
  if (report === null) {
    // Rejections that nothing handles come here too (Node's default since version 15).
    process.on("uncaughtException", (thrown) => {
      try {
        report?.(thrown);
      } catch {
        // An error in here would end the process after all.
      }
    });
  }
  report = reportTo;
}
