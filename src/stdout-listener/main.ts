// The command `supervisor_stdout`: an event listener whose result for each event is the payload of the event. The daemon's
// result handler of the same name prints that result. See core/events/listener-protocol.ts.

import { readSync, writeSync } from "node:fs";

const STDIN = 0;
const STDOUT = 1;
/** Bytes. A header line has about 120. */
const LONGEST_HEADER = 4096;

/**
 * Runs the listener until its stdin ends.
 * @returns exit status: 0, or 1 if the input is not an event
 */
export function runStdoutListener(): number {
  let held = Buffer.alloc(0);
  const chunk = Buffer.alloc(64 * 1024);
  /** False at the end of the input. */
  const more = (): boolean => {
    const length = readSync(STDIN, chunk);
    held = Buffer.concat([held, chunk.subarray(0, length)]);
    return length > 0;
  };
  for (;;) {
    writeAll(Buffer.from("READY\n"));
    while (!held.includes("\n")) {
      if (held.length > LONGEST_HEADER) return 1;
      if (!more()) return 0;
    }
    const end = held.indexOf("\n");
    const [, digits] = /(?:^| )len:(\d+)(?: |$)/.exec(held.toString("latin1", 0, end)) ?? [];
    if (digits === undefined) return 1;
    const length = end + 1 + Number(digits);
    while (held.length < length) if (!more()) return 0;
    const payload = held.subarray(end + 1, length);
    writeAll(Buffer.concat([Buffer.from(`RESULT ${payload.length}\n`), payload]));
    held = held.subarray(length);
  }
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
}
