// `/events/program`: keeps the page of one program up to date over one connection: changes of state, resource usage, and
// output. Nothing runs for a page that is closed.

import type { ProcessKey } from "../../core/base/ids.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import { usageTexts } from "../../core/web/status-view.ts";
import { joined, TailEvents } from "../../core/web/tail-events.ts";
import { endOfLog } from "../../core/web/tail-view.ts";
import type { HttpReply, HttpSink } from "../../ports/http-server.ts";
import type { ChannelName, LogFollower } from "../logs/api.ts";
import type { WebDeps } from "./deps.ts";
import { END_OF_LOG, findProcess } from "./program-page.ts";
import { eventBytes, streamHeaders, textReply } from "./replies.ts";

/** Each holds a connection, and up to a megabyte when it does not read. */
const MOST_PAGES = 100;
const CHANNELS: readonly ChannelName[] = ["stdout", "stderr"];

type StreamDeps = Pick<WebDeps, "supervisor" | "logs" | "eventLog" | "usage" | "defer">;

/** All open pages of programs. */
export class ProgramStreams {
  readonly #deps: StreamDeps;
  readonly #bootId: () => string;
  #pages = 0;

  constructor(deps: StreamDeps, bootId: () => string) {
    this.#deps = deps;
    this.#bootId = bootId;
  }

  /** @param name as the request wrote it */
  answer(name: string | null): HttpReply {
    const process = findProcess(this.#deps, name);
    if (process === null) return textReply("There is no such program.\n", 404);
    if (this.#pages >= MOST_PAGES) {
      return textReply(`${MOST_PAGES} pages of programs are open, which is the most.\n`, 503);
    }
    this.#pages++;
    let page: OpenPage | null = null;
    return {
      kind: "stream",
      headers: streamHeaders("text/event-stream"),
      open: (sink) => {
        page = new OpenPage(this.#deps, process.key, sink);
        page.begin(this.#bootId());
      },
      closed: () => {
        this.#pages--;
        page?.close();
      },
    };
  }
}

interface FollowedLog {
  readonly path: string;
  /** Null until the log is open. */
  follower: LogFollower | null;
}

/** One open page. */
class OpenPage {
  readonly #deps: StreamDeps;
  readonly #key: ProcessKey;
  readonly #sink: HttpSink;
  /** A channel is in it while its log is followed, or is about to be. */
  readonly #logs = new Map<ChannelName, FollowedLog>();
  #unwatch: readonly (() => void)[] = [];
  #isDue = false;
  #isClosed = false;

  constructor(deps: StreamDeps, key: ProcessKey, sink: HttpSink) {
    this.#deps = deps;
    this.#key = key;
    this.#sink = sink;
  }

  begin(boot: string): void {
    const { eventLog, usage } = this.#deps;
    this.#send("hello", { boot, version: eventLog.end().seq });
    this.#unwatch = [
      eventLog.watch((happened) => {
        const key = processOf(happened);
        if (key === null || key === this.#key) this.#note();
      }),
      usage.watch((usages) => {
        const mine = usages?.get(this.#key);
        this.#send("usage", mine === undefined ? [] : usageTexts(mine));
      }),
    ];
    this.#followLogs();
  }

  close(): void {
    this.#isClosed = true;
    for (const unwatch of this.#unwatch) unwatch();
    for (const { follower } of this.#logs.values()) follower?.close();
    this.#logs.clear();
  }

  /** What changes in one turn is one event. */
  #note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#deps.defer(() => {
      this.#isDue = false;
      if (this.#isClosed) return;
      this.#send("changed", { version: this.#deps.eventLog.end().seq });
      this.#followLogs();
    });
  }

  /** Some logs are made when their program is started, and a program that was replaced may log elsewhere. */
  #followLogs(): void {
    for (const channel of CHANNELS) {
      const path = this.#deps.logs.path(this.#key, channel);
      const before = this.#logs.get(channel);
      if (before?.path === path) continue;
      before?.follower?.close();
      this.#logs.delete(channel);
      if (path !== null) void this.#follow(channel, path);
    }
  }

  async #follow(channel: ChannelName, path: string): Promise<void> {
    const log: FollowedLog = { path, follower: null };
    this.#logs.set(channel, log);
    // The end of the log may come before the follower.
    const early: Uint8Array[] = [];
    let take = (bytes: Uint8Array): void => void early.push(bytes);
    const ref = { kind: "channel", key: this.#key, channel } as const;
    const follower = await this.#deps.logs.follow(ref, END_OF_LOG + 1, (bytes) => take(bytes));
    const isCurrent = this.#logs.get(channel) === log;
    if (!follower.ok) {
      if (isCurrent) this.#logs.delete(channel);
      return;
    }
    if (!isCurrent) {
      follower.value.close();
      return;
    }
    log.follower = follower.value;
    const events = new TailEvents(null, channel);
    this.#send(`${channel}-start`, {});
    this.#sink.write(events.take(endOfLog(joined(early), END_OF_LOG)));
    take = (bytes) => this.#sink.write(events.take(bytes));
  }

  #send(name: string, data: unknown): void {
    this.#sink.write(eventBytes(name, data));
  }
}
