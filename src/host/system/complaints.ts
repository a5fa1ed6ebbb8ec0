// Messages that the daemon can write only to its standard error, such as that its log is not writable. There may be no
// reader: so another thread writes, and messages are dropped while too many are queued.

import { write } from "node:fs";
import { attempt } from "../files/attempt.ts";
import { onDescriptor } from "../files/lanes.ts";

const STDERR = 2;
const MOST_WAITING = 100;

/** @returns writes a text, sooner or later, or not at all */
export function createComplaints(fd = STDERR): (text: string) => void {
  const waiting: string[] = [];
  let isWriting = false;
  const writeOut = async (): Promise<void> => {
    isWriting = true;
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      const bytes = Buffer.from(text);
      await onDescriptor(fd, () => attempt<number>((done) => write(fd, bytes, done)));
    }
    isWriting = false;
  };
  return (text) => {
    if (waiting.length < MOST_WAITING) waiting.push(text);
    if (!isWriting) void writeOut();
  };
}
