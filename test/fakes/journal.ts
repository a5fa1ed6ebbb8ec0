// systemd's journal in memory: what it was sent, field by field, while it has room.

import type { Journal, SyslogOutcome } from "../../src/ports/syslog.ts";

export class FakeJournal implements Journal {
  readonly messages: Readonly<Record<string, string>>[] = [];
  /** Messages that it takes before it is full. */
  room = Infinity;
  isThere = true;
  #ready: (() => void) | null = null;

  send(message: Uint8Array): SyslogOutcome {
    if (!this.isThere) return "deaf";
    if (this.room === 0) return "full";
    this.room -= 1;
    this.messages.push(journalFields(message));
    return "sent";
  }

  whenReady(resume: () => void): void {
    this.#ready = resume;
  }

  /** It has read what it had. */
  makeRoom(messages: number): void {
    this.room = messages;
    const ready = this.#ready;
    this.#ready = null;
    ready?.();
  }

  get texts(): readonly (string | undefined)[] {
    return this.messages.map(({ MESSAGE }) => MESSAGE);
  }
}

/** The fields of a message, as journald reads them. */
export function journalFields(message: Uint8Array): Record<string, string> {
  const lines = Buffer.from(message).toString("latin1").split("\n");
  if (lines.pop() !== "") throw new Error("the last field has no end");
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const equals = line.indexOf("=");
      if (equals < 1) throw new Error(`no field: ${line}`);
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}
