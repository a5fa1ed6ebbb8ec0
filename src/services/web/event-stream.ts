// `/events/log`: the event log as server-sent events, for programs. A reader that connects again with the id of the last
// event it has (`Last-Event-ID`, or `?after=`) gets all events since; the event `reset` means that some are missing.

import {
  type Cursor,
  cursorText,
  eventFields,
  type LoggedEvent,
  parseCursor,
} from "../../core/event-log/event-log.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { EventReader } from "../event-log/api.ts";
import { type Stream, Streams } from "../streams/api.ts";
import { streamHeaders, tooManyReply } from "./replies.ts";

/** After this a reader whose stream has ended connects again. */
const RETRY_MS = 500;

const ENCODER = new TextEncoder();

export class EventStream {
  readonly #log: EventReader;
  readonly #streams = new Streams();

  constructor(log: EventReader) {
    this.#log = log;
  }

  /** @param after the cursor of the last event that the reader has; null for a reader that wants only events from now on */
  answer(after: string | null): HttpReply {
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("readers follow the events");
    this.#begin(stream, after);
    stream.onClose(this.#log.watch((event) => stream.write(this.#message(event))));
    return stream.reply(streamHeaders("text/event-stream"));
  }

  #begin(stream: Stream, after: string | null): void {
    if (after === null) {
      stream.write(mark("begin", this.#log.end()));
      return;
    }
    // A text that no event log wrote is a cursor of another epoch.
    const from = parseCursor(after) ?? { epoch: "", seq: 0 };
    const { events, isGap, cursor } = this.#log.after(from, Number.POSITIVE_INFINITY);
    const [oldest] = events;
    const first = oldest === undefined ? cursor : { ...cursor, seq: oldest.seq - 1 };
    stream.write(mark(isGap ? "reset" : "begin", first));
    for (const event of events) stream.write(this.#message(event));
  }

  #message(event: LoggedEvent): Uint8Array {
    const { epoch } = this.#log.end();
    return ENCODER.encode(message(event.what.kind, { epoch, seq: event.seq }, eventFields(event)));
  }
}

/** The first message of a stream: events follow from here, or some before are missing. */
function mark(name: "begin" | "reset", at: Cursor): Uint8Array {
  return ENCODER.encode(`retry: ${RETRY_MS}\n${message(name, at, {})}`);
}

/** One event. JSON has no line ends, so it is one line of data. */
function message(name: string, at: Cursor, data: object): string {
  return `id: ${cursorText(at)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
