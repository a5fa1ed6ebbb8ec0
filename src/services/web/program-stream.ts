// `/events/program`: keeps the page of one program up to date over one connection: changes of state, resource usage, and
// output. Nothing runs for a page that is closed.

import type { ProcessKey } from "../../core/base/ids.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import { usageTexts } from "../../core/web/status-view.ts";
import { TailEvents } from "../../core/web/tail-events.ts";
import { endOfLog } from "../../core/web/tail-view.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import { followLog, type Stream, Streams } from "../streams/api.ts";
import type { WebDeps } from "./deps.ts";
import { END_OF_LOG, findProcess } from "./program-page.ts";
import { eventBytes, onceATurn, streamHeaders, textReply, tooManyReply } from "./replies.ts";

type StreamDeps = Pick<WebDeps, "supervisor" | "logs" | "eventLog" | "usage" | "defer">;

/** The open pages of programs. */
export class ProgramStreams {
  readonly #deps: StreamDeps;
  readonly #bootId: () => string;
  readonly #streams = new Streams();

  constructor(deps: StreamDeps, bootId: () => string) {
    this.#deps = deps;
    this.#bootId = bootId;
  }

  /** @param name as the request wrote it */
  answer(name: string | null): HttpReply {
    const process = findProcess(this.#deps, name);
    if (process === null) return textReply("There is no such program.\n", 404);
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("pages of programs are open");
    const version = this.#deps.eventLog.end().seq;
    stream.write(eventBytes("hello", { boot: this.#bootId(), version }));
    this.#sendChanges(stream, process.key);
    for (const channel of ["stdout", "stderr"] as const) {
      const ref = { kind: "channel", key: process.key, channel } as const;
      void followLog(this.#deps, ref, stream, {
        back: () => END_OF_LOG + 1,
        after: null,
        begin(_log, bytes) {
          const events = new TailEvents(null, channel);
          stream.write(eventBytes(`${channel}-start`, {}));
          stream.write(events.take(endOfLog(bytes, END_OF_LOG)));
          return (appended) => stream.write(events.take(appended));
        },
      });
    }
    return stream.reply(streamHeaders("text/event-stream"));
  }

  #sendChanges(stream: Stream, key: ProcessKey): void {
    const { eventLog, usage, defer } = this.#deps;
    const changed = onceATurn(defer, () => {
      stream.write(eventBytes("changed", { version: eventLog.end().seq }));
    });
    const unwatch = eventLog.watch((event) => {
      const of = processOf(event);
      if (of === null || of === key) changed();
    });
    stream.onClose(unwatch);
    const unwatchUsage = usage.watch((usages) => {
      const mine = usages?.get(key);
      stream.write(eventBytes("usage", mine === undefined ? [] : usageTexts(mine)));
    });
    stream.onClose(unwatchUsage);
  }
}
