// Asks whether a program accepts connections on a TCP port.

import type { CheckRun } from "./check-run.ts";
import type { Dial } from "./dial.ts";

/** Passes when the connection is made. */
export function checkTcp(run: CheckRun, dial: Dial, host: string, port: number): void {
  dial(run, host, port, () => run.pass("connected"));
}
