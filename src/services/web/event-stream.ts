// `/events/log`: the event log as server-sent events, for programs. A reader that connects again with the id of the last
// event it has (`Last-Event-ID`, or `?after=`) gets all events since; the event `reset` means that some are missing.

import { type Cursor, cursorText, parseCursor } from "../../core/event-log/event-log.ts";
import { eventFields } from "../../core/event-log/event-log.ts";
import type { LoggedEvent } from "../../core/event-log/event-log.ts";
import type { HttpReply, HttpSink } from "../../ports/http-server.ts";
import type { EventReader } from "../event-log/api.ts";
import { streamHeaders, textReply } from "./replies.ts";

/** Each holds a connection, and up to a megabyte when it does not read. */
const MOST_READERS = 100;

/** After this a reader whose stream has ended connects again. */
const RETRY_MS = 500;

const ENCODER = new TextEncoder();

export class EventStream {
  readonly #log: EventReader;
  #readers = 0;

  constructor(log: EventReader) {
    this.#log = log;
  }

  /** @param after the cursor that the reader hands back; null for one that wants only what happens from now on */
  answer(after: string | null): HttpReply {
    if (this.#readers >= MOST_READERS) {
      return textReply(`${MOST_READERS} readers follow the events, which is the most.\n`, 503);
    }
    this.#readers++;
    let unwatch = (): void => {};
    return {
      kind: "stream",
      headers: streamHeaders("text/event-stream"),
      open: (sink) => {
        this.#begin(sink, after);
        unwatch = this.#log.watch((event) => sink.write(this.#message(event)));
      },
      closed: () => {
        this.#readers--;
        unwatch();
      },
    };
  }

  #begin(sink: HttpSink, after: string | null): void {
    if (after === null) {
      sink.write(mark("begin", this.#log.end()));
      return;
    }
    // A text that no event log wrote is a cursor of another epoch.
    const from = parseCursor(after) ?? { epoch: "", seq: 0 };
    const { events, isGap, cursor } = this.#log.after(from, Number.POSITIVE_INFINITY);
    const first = { ...cursor, seq: cursor.seq - events.length };
    sink.write(mark(isGap ? "reset" : "begin", first));
    for (const event of events) sink.write(this.#message(event));
  }

  #message(event: LoggedEvent): Uint8Array {
    const { epoch } = this.#log.end();
    return ENCODER.encode(message(event.what.kind, { epoch, seq: event.seq }, eventFields(event)));
  }
}

/** What a stream begins with: events follow from here, or some are missing before. */
function mark(name: "begin" | "reset", at: Cursor): Uint8Array {
  return ENCODER.encode(`retry: ${RETRY_MS}\n${message(name, at, {})}`);
}

/** One event. JSON has no line ends, so it is one line of data. */
function message(name: string, at: Cursor, data: object): string {
  return `id: ${cursorText(at)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
