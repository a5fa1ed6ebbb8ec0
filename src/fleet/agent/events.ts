// Publishes the events of the daemon to the hub's stream, each once and in order. Where to continue is in the last message that the
// stream has of this device. A message is published after exactly that one, so that one whose answer was lost is not published twice.

import {
  batchOf,
  eventOf,
  type FeedEvent,
  messageOf,
  readPosition,
} from "../../core/fleet/feed.ts";
import { eventSubject, lastEvent } from "../../core/fleet/subjects.ts";
import { type Forwarding, forward } from "../../host/http/forward.ts";
import { startPause } from "../../host/time/pause.ts";
import type { Session } from "../nats/connection.ts";
import { publishStored, readLast } from "../nats/last.ts";
import type { LocalDaemon } from "./calls.ts";

/** What else wants to know. */
export interface FeedEvents {
  /** The daemon's stream of events has begun. @param server as the daemon calls itself, `tsv/VERSION` */
  daemonIsUp(server: string): void;
  /** It has ended. */
  daemonIsGone(): void;
  /** An event has come from the daemon. */
  happened(): void;
  /** Another connection publishes events of this device. */
  contended(): void;
  log(text: string): void;
}

/** Events that wait; then the daemon's stream is not read. */
const MOST_WAITING = 500;
/** Milliseconds before the next attempt: with the daemon, with JetStream, and where another connection publishes, too. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const CONTENDED_MS = 60_000;
/** Bytes of a line of the daemon's stream. */
const LONGEST_LINE = 64 * 1024;

const NO_BODY = new Uint8Array();

/**
 * Publishes events until the session ends.
 * @param run a word that no other run of an agent has
 */
export async function publishEvents(
  session: Session,
  device: string,
  run: string,
  daemon: LocalDaemon,
  events: FeedEvents,
): Promise<void> {
  let isOver = false;
  let pause: ReturnType<typeof startPause> | null = null;
  void session.ended.then(() => {
    isOver = true;
    pause?.cancel();
  });
  const wait = async (milliseconds: number): Promise<void> => {
    if (isOver) return;
    pause = startPause(milliseconds);
    await pause.over;
  };
  let [failures, told] = [0, ""];
  const later = async (why: string): Promise<void> => {
    if (why !== told && !isOver) events.log(`events are not published: ${why}`);
    told = why;
    await wait(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
    failures = Math.min(failures + 1, 10);
  };
  /** Of this run: the sequence of its last message, and whether it has published one. */
  let [mine, hasPublished] = [0, false];
  while (!isOver) {
    const last = await readLast(session, lastEvent(device));
    if (isOver) return;
    if (!last.ok) {
      if (last.error === "timed-out") session.giveUp("the hub does not answer");
      await later(`the stream of events cannot be read (${last.error})`);
      continue;
    }
    const position = last.value === null ? null : readPosition(last.value.text);
    if (hasPublished && position !== null && position.run !== run) {
      events.contended();
      hasPublished = false;
      await wait(CONTENDED_MS);
      continue;
    }
    mine = last.value?.sequence ?? 0;
    const feed = new Feed(position?.cursor ?? null, daemon, events);
    void session.ended.then(() => feed.close());
    for (;;) {
      const batch = await feed.next();
      if (batch === null) break;
      const stored = await publishStored(
        session,
        eventSubject(device),
        messageOf(batch, run),
        mine,
      );
      if (isOver) break;
      if (stored.ok) {
        [mine, hasPublished, failures, told] = [stored.value, true, 0, ""];
        feed.drop(batch.length);
        continue;
      }
      if (stored.error.kind === "timed-out") session.giveUp("the hub does not answer");
      // The message may be stored: the stream knows.
      if (stored.error.kind !== "wrong-sequence") await later(stored.error.text);
      break;
    }
    feed.close();
    if (feed.problem !== null) await later(feed.problem);
  }
}

/** The daemon's stream of events from a cursor on, until it ends. */
class Feed {
  /** Why it has ended; null while it goes on, and if it was closed. A clause. */
  problem: string | null = null;
  readonly #events: FeedEvents;
  readonly #queue: FeedEvent[] = [];
  #forwarding: Forwarding | null = null;
  #isOver = false;
  #isUp = false;
  #wake: () => void = () => undefined;

  constructor(after: string | null, daemon: LocalDaemon, events: FeedEvents) {
    this.#events = events;
    const target = daemon.target();
    if (!target.ok) {
      this.#end(target.error);
      return;
    }
    const decoder = new TextDecoder();
    let rest = "";
    const path = `/api/v1/events${after === null ? "" : `?cursor=${encodeURIComponent(after)}`}`;
    const headers = new Map([["accept", "application/x-ndjson"]]);
    this.#forwarding = forward(
      target.value,
      { method: "GET", path, headers, body: NO_BODY, headMs: LONGEST_PAUSE_MS },
      {
        head: (status, fields) => {
          if (status !== 200) this.#end(`the daemon answers ${status}`);
          else {
            this.#isUp = true;
            events.daemonIsUp(fields.get("server") ?? "");
          }
        },
        body: (bytes) => {
          const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
          rest = lines.pop() ?? "";
          if (rest.length > LONGEST_LINE) this.#end("the daemon sends no events");
          for (const line of lines) this.#add(line, after);
        },
        end: () => this.#end("the daemon has ended the stream of events"),
        failed: ({ message }) => {
          daemon.failed();
          this.#end(`the daemon cannot be asked: ${message}`);
        },
      },
    );
  }

  /** The events that are to be published next; null when there are none and none will come. */
  async next(): Promise<readonly FeedEvent[] | null> {
    while (this.#queue.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#queue.length === 0 ? null : batchOf(this.#queue);
  }

  /** @param count of the events that were published */
  drop(count: number): void {
    this.#queue.splice(0, count);
    if (this.#queue.length < MOST_WAITING) this.#forwarding?.resume();
  }

  close(): void {
    this.#queue.length = 0;
    this.#isOver = true;
    this.#forwarding?.close();
    this.#wake();
  }

  #add(line: string, after: string | null): void {
    if (line === "" || this.#isOver) return;
    const event = eventOf(line, after);
    if (event === "unreadable") this.#end("the daemon sends no events");
    else if (event !== null) {
      this.#queue.push(event);
      this.#events.happened();
      if (this.#queue.length >= MOST_WAITING) this.#forwarding?.pause();
      this.#wake();
    }
  }

  /** What has come is published still. */
  #end(problem: string): void {
    if (this.#isOver) return;
    this.problem = problem;
    this.#isOver = true;
    this.#forwarding?.close();
    if (this.#isUp) this.#events.daemonIsGone();
    this.#wake();
  }
}
