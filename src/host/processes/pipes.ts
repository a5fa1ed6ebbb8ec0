// The daemon's ends of its programs' pipes, all watched through one descriptor (epoll, kqueue) by the addon.
// A pipe costs one entry in a Map here; a thousand silent ones cost no wake-up at all.
//
// Chatter is gathered: while many programs write a little each, looking every few milliseconds costs a fraction of
// looking at every line. It is done only if a little data flowed just now, and no client is being answered:
//
//   armed ──ready──► drain ──much data, a conversation, or quiet before──► armed
//                      │
//                      └──little data, again within GATHER_MS──► waiting ──GATHER_MS──► drain
//                                                                 └──write()──► armed

import type { PipeHandler, Pipes, ReadOutcome } from "../../ports/pipes.ts";
import { errnoName, posix } from "../posix.ts";
import { monotonic } from "../time/clock.ts";
import { PipeFiles } from "./exchange-files.ts";

/** How long chatter is gathered. Below what a person sees in a log, far above what a wake-up costs. */
const GATHER_MS = 10;
/** A drain that moved this much is throughput, not chatter: writers must not wait for us. Half of a pipe's capacity. */
const MUCH_BYTES = 32 * 1024;
/** After throughput, how long small reads are taken for its crumbs: a fast reader finds little at a time. */
const FLOOD_MS = 50;
/** Limit for ready pipes in one turn; the rest comes first in the next one. */
const TURN_MS = 10;
const RECORD = 2;

interface Entry {
  readonly handler: PipeHandler;
  readonly interest: "read" | "write";
  /** Distinguishes this watch from an earlier one of the same descriptor number. */
  readonly generation: number;
}

/** Creates the watcher. One per process: there is one event loop. @param files those that some pipes pass through */
export function createPipes(files = new PipeFiles()): Pipes {
  return new EpollPipes(files);
}

class EpollPipes implements Pipes {
  readonly #files: PipeFiles;
  readonly #entries = new Map<number, Entry>();
  readonly #events = new Int32Array(RECORD * 256);
  #generation = 0;
  #armed = false;
  #created = false;
  #gathering: NodeJS.Timeout | null = null;
  #lastDrain = Number.NEGATIVE_INFINITY;
  #lastFlood = Number.NEGATIVE_INFINITY;
  /** Since the last drain ended: bytes read, and whether something was written, so that an answer may be due. */
  #moved = 0;
  #conversing = false;
  /** Entries that are waited for. */
  #urgent = 0;
  /** Descriptors that were ready and did not have their turn. */
  #passed: readonly number[] = [];

  constructor(files: PipeFiles) {
    this.#files = files;
    files.onPour = () => this.#converse();
  }

  watch(fd: number, interest: "read" | "write", handler: PipeHandler): void {
    this.#create();
    this.unwatch(fd);
    this.#generation = (this.#generation + 1) | 0;
    const generation = this.#generation;
    const result = posix().watch(fd, interest === "read" ? 1 : 2, generation);
    if (result < 0) throw new Error(`cannot watch descriptor ${fd}: ${errnoName(result)}`);
    this.#entries.set(fd, { handler, interest, generation });
    // The kernel does not announce what a daemon before has taken from the pipe.
    if (interest === "read" && this.#files.hasRest(fd))
      setImmediate(() => this.#announce(fd, generation));
    if (handler.isUrgent === true) {
      this.#urgent += 1;
      this.#stopGathering();
    }
    if (this.#gathering === null) this.#arm(true);
  }

  unwatch(fd: number): void {
    const entry = this.#entries.get(fd);
    if (entry === undefined) return;
    this.#entries.delete(fd);
    if (entry.handler.isUrgent === true) this.#urgent -= 1;
    posix().watch(fd, 0, 0);
    if (this.#entries.size === 0) this.#rest();
  }

  read(fd: number, buffer: Uint8Array): ReadOutcome {
    const n = this.#files.read(fd, buffer) ?? posix().read(fd, buffer);
    if (n > 0) {
      this.#moved += n;
      return n;
    }
    if (n < 0 && errnoName(n) === "EAGAIN") return "empty";
    return "end"; // no writer left; any other error means as much: nothing more will come from this descriptor
  }

  isEmpty(fd: number): boolean {
    return posix().unread(fd) === 0;
  }

  write(fd: number, bytes: Uint8Array): number | "closed" {
    const n = posix().write(fd, bytes);
    if (n < 0) return errnoName(n) === "EAGAIN" ? 0 : "closed";
    this.#converse();
    return n;
  }

  #converse(): void {
    this.#conversing = true;
    if (this.#gathering === null) return;
    this.#stopGathering();
    this.#arm(true);
  }

  close(fd: number): void {
    this.unwatch(fd);
    this.#files.leave(fd);
    posix().close(fd);
  }

  #create(): void {
    if (this.#created) return;
    const result = posix().createWatcher(() => this.#drain(false));
    if (result < 0) throw new Error(`cannot watch pipes: ${errnoName(result)}`);
    this.#created = true;
  }

  #arm(on: boolean): void {
    if (this.#armed === on) return;
    this.#armed = on;
    posix().arm(on ? 1 : 0);
  }

  /** Nothing is watched: keep neither the event loop nor a timer alive. */
  #rest(): void {
    this.#stopGathering();
    if (this.#created) this.#arm(false);
  }

  #stopGathering(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  #drain(gathered: boolean): void {
    this.#gathering = null;
    const ready = posix().drain(this.#events);
    try {
      this.#dispatch(ready);
    } finally {
      this.#afterDrain(ready, gathered);
    }
  }

  #dispatch(ready: number): void {
    const order = this.#inOrder(ready);
    const until = monotonic() + TURN_MS;
    this.#passed = [];
    for (const [done, at] of order.entries()) {
      this.#notify(at);
      if (monotonic() < until) continue;
      this.#passed = order.slice(done + 1).map((each) => this.#events[each * RECORD] ?? -1);
      return;
    }
  }

  /** The indices of ready entries; urgent ones and those that were passed over come first. */
  #inOrder(ready: number): readonly number[] {
    const all = Array.from({ length: ready }, (_, at) => at);
    if (this.#passed.length === 0 && this.#urgent === 0) return all;
    const passed = new Set(this.#passed);
    const isFirst = (at: number): boolean => {
      const fd = this.#events[at * RECORD] ?? -1;
      return passed.has(fd) || this.#entries.get(fd)?.handler.isUrgent === true;
    };
    return [...all.filter(isFirst), ...all.filter((at) => !isFirst(at))];
  }

  #notify(at: number): void {
    this.#announce(this.#events[at * RECORD] ?? -1, this.#events[at * RECORD + 1] ?? -1);
  }

  #announce(fd: number, generation: number): void {
    const entry = this.#entries.get(fd);
    // An earlier handler of this round may have closed it, and the number may be another pipe's by now.
    if (entry?.generation !== generation) return;
    if (entry.interest === "read") entry.handler.readable?.(fd);
    else entry.handler.writable?.(fd);
  }

  #afterDrain(ready: number, gathered: boolean): void {
    const now = monotonic();
    if (this.#moved >= MUCH_BYTES) this.#lastFlood = now;
    const again = gathered || now - this.#lastDrain < GATHER_MS;
    const flood = now - this.#lastFlood < FLOOD_MS;
    const isAwaited = this.#conversing || this.#urgent > 0 || this.#passed.length > 0;
    const chatter = ready > 0 && again && !flood && !isAwaited;
    this.#lastDrain = now;
    this.#moved = 0;
    this.#conversing = false;
    if (this.#entries.size === 0) this.#rest();
    else if (chatter) {
      this.#arm(false);
      this.#gathering = setTimeout(() => this.#drain(true), GATHER_MS);
    } else this.#arm(true);
  }
}
