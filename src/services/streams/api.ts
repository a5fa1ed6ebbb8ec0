// Endless replies: what they hold while they are open, how many there may be, and the logs that they follow.

import type { Result } from "../../core/base/result.ts";
import type { LogMark } from "../../core/logs/positions.ts";
import { joined } from "../../core/web/tail.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";
import type { HttpHeaders, HttpReply, HttpSink } from "../../ports/http-server.ts";
import type { EventReader } from "../event-log/api.ts";
import type { LogFollower, LogRef, LogsApi } from "../logs/api.ts";

/** One endless reply. Never waits: the server disconnects a client that falls too far behind. */
export class Stream {
  #sink: HttpSink | null = null;
  /** What was written before the head of the reply was out. */
  #early: Uint8Array[][] = [];
  readonly #cleanups: (() => void)[] = [];
  #isEnded = false;
  #isClosed = false;

  /** The reply that sends the stream. */
  reply(headers: HttpHeaders): HttpReply {
    return {
      kind: "stream",
      headers,
      open: (sink) => {
        this.#sink = sink;
        for (const parts of this.#early.splice(0)) sink.write(...parts);
        if (this.#isEnded) sink.end();
      },
      closed: () => this.close(),
    };
  }

  write(...parts: Uint8Array[]): void {
    if (this.#sink !== null) this.#sink.write(...parts);
    else if (!this.#isClosed) this.#early.push(parts);
  }

  /** Ends the reply properly. */
  end(): void {
    this.#isEnded = true;
    this.#sink?.end();
  }

  /** Calls `cleanup` once when the stream is closed; now if it is closed already. */
  onClose(cleanup: () => void): void {
    if (this.#isClosed) cleanup();
    else this.#cleanups.push(cleanup);
  }

  /** For a stream that is not replied with, too. */
  close(): void {
    this.#isClosed = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}

/** Each holds a connection, and up to a megabyte for a client that does not read. */
export const MOST_STREAMS = 100;

/** Streams of one kind, of which MOST_STREAMS may be open. */
export class Streams {
  #count = 0;

  /** @returns null when too many are open */
  open(): Stream | null {
    if (this.#count >= MOST_STREAMS) return null;
    this.#count++;
    const stream = new Stream();
    stream.onClose(() => this.#count--);
    return stream;
  }
}

/** How a stream reads a log. */
interface LogReader {
  /** Most bytes that are delivered of the first log, of one that replaced it, and of one that was made meanwhile. */
  back(log: "first" | "replacement" | "new"): number;
  /** Where an earlier stream of the first log ended; null for a client that has seen nothing. */
  readonly after: LogMark | null;
  /**
   * A log was opened.
   * @param bytes what it held
   * @returns takes the bytes that are appended. A returned promise asks for a pause until it settles
   */
  begin(log: LogFollower, bytes: Uint8Array): (bytes: Uint8Array) => void | Promise<void>;
}

interface LogSources {
  readonly logs: Pick<LogsApi, "follow" | "path">;
  readonly eventLog: Pick<EventReader, "watch">;
}

/**
 * Follows a log until the stream is closed. `update` may replace a program by one that logs to another file: that one is
 * followed as soon as it is made.
 * @returns the first follower. Fault: NO_FILE when there is no such log yet
 */
export function followLog(
  sources: LogSources,
  ref: LogRef,
  stream: Stream,
  reader: LogReader,
): Promise<Result<LogFollower, Fault>> {
  const log = new FollowedLog(sources.logs, ref, reader);
  const unwatch = sources.eventLog.watch(() => log.look());
  stream.onClose(() => {
    unwatch();
    log.close();
  });
  return log.open();
}

class FollowedLog {
  readonly #logs: LogSources["logs"];
  readonly #ref: LogRef;
  readonly #reader: LogReader;
  #path: string | null = null;
  #follower: LogFollower | null = null;
  #next: Parameters<LogReader["back"]>[0] = "first";
  #isOpening = false;
  /** An event was logged while the log was being opened. */
  #isStale = false;
  #isClosed = false;

  constructor(logs: LogSources["logs"], ref: LogRef, reader: LogReader) {
    this.#logs = logs;
    this.#ref = ref;
    this.#reader = reader;
  }

  async open(): Promise<Result<LogFollower, Fault>> {
    const early: Uint8Array[] = [];
    let take: ReturnType<LogReader["begin"]> = (bytes) => void early.push(bytes);
    const { after } = this.#reader;
    const back = this.#reader.back(this.#next);
    this.#path = this.#currentPath();
    this.#isOpening = true;
    const opened = await this.#logs.follow(
      this.#ref,
      back,
      (bytes) => take(bytes),
      this.#next === "first" ? after : null,
    );
    this.#isOpening = false;
    if (!opened.ok) {
      // It is made when the program is started, which is an event, too.
      this.#next = "new";
    } else if (this.#isClosed) {
      opened.value.close();
    } else {
      this.#next = "replacement";
      this.#follower = opened.value;
      take = this.#reader.begin(opened.value, joined(early));
    }
    if (this.#isStale) this.look();
    return opened;
  }

  /** Opens the log again if it is another file now. Between two programs there is none. */
  look(): void {
    this.#isStale = this.#isOpening;
    if (this.#isOpening || this.#isClosed) return;
    const path = this.#currentPath();
    const isSame = path === this.#path && this.#follower !== null;
    if (path === null || isSame) return;
    if (path !== this.#path) this.#next = "replacement";
    this.#follower?.close();
    this.#follower = null;
    void this.open();
  }

  close(): void {
    this.#isClosed = true;
    this.#follower?.close();
  }

  #currentPath(): string | null {
    const ref = this.#ref;
    return ref.kind === "main" ? "" : this.#logs.path(ref.key, ref.channel);
  }
}
