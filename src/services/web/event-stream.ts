// `/events/log` and `/api/v1/events`: the event log as server-sent events, or as lines of JSON, for programs. A reader that
// connects again with the id of the last event it has (`Last-Event-ID`, `?after=` or `?cursor=`) gets all events since; the event
// `reset` means that some are missing.

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

  /**
   * @param after the cursor of the last event that the reader has; null for a reader that wants only events from now on
   * @param accept the header of that name; null for none
   */
  answer(after: string | null, accept: string | null): HttpReply {
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("readers follow the events");
    const form = accept?.includes(LINES.type) === true ? LINES : MESSAGES;
    const write = (event: LoggedEvent) => stream.write(this.#written(form, event));
    this.#begin(stream, form, after);
    stream.onClose(this.#log.watch(write));
    return stream.reply(streamHeaders(form.type));
  }

  #begin(stream: Stream, form: Form, after: string | null): void {
    const mark = (name: "begin" | "reset", at: Cursor) =>
      stream.write(ENCODER.encode(form.head + form.write(name, at, {})));
    if (after === null) {
      mark("begin", this.#log.end());
      return;
    }
    // A text that no event log wrote is a cursor of another epoch.
    const from = parseCursor(after) ?? { epoch: "", seq: 0 };
    const { events, isGap, cursor } = this.#log.after(from, Number.POSITIVE_INFINITY);
    const [oldest] = events;
    const first = oldest === undefined ? cursor : { ...cursor, seq: oldest.seq - 1 };
    mark(isGap ? "reset" : "begin", first);
    for (const event of events) stream.write(this.#written(form, event));
  }

  #written({ write }: Form, event: LoggedEvent): Uint8Array {
    const { epoch } = this.#log.end();
    return ENCODER.encode(write(event.what.kind, { epoch, seq: event.seq }, eventFields(event)));
  }
}

/** How events are written. */
interface Form {
  readonly type: string;
  /** Before the first event. */
  readonly head: string;
  /** One event. JSON has no line ends, so it is on one line. */
  write(name: string, at: Cursor, data: object): string;
}

const MESSAGES: Form = {
  type: "text/event-stream",
  head: `retry: ${RETRY_MS}\n`,
  write: (name, at, data) =>
    `id: ${cursorText(at)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
};

const LINES: Form = {
  type: "application/x-ndjson",
  head: "",
  write: (name, at, data) =>
    `${JSON.stringify({ cursor: cursorText(at), event: name, ...data })}\n`,
};
