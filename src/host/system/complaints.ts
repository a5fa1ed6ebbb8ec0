// Messages that the daemon can write only to its standard error, such as that its log is not writable. There may be no
// reader: so another thread writes, and messages are dropped while too many are queued.

import { LANES, writeFile } from "../files/file-calls.ts";

const STDERR = 2;
const MOST_WAITING = 100;

/** @returns writes a text, sooner or later, or not at all */
export function createComplaints(fd = STDERR): (text: string) => void {
  const waiting: string[] = [];
  let isWriting = false;
  const writeOut = async (): Promise<void> => {
    isWriting = true;
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      await writeFile(fd, [Buffer.from(text)], LANES.complaints);
    }
    isWriting = false;
  };
  return (text) => {
    if (waiting.length < MOST_WAITING) waiting.push(text);
    if (!isWriting) void writeOut();
  };
}
