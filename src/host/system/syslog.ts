// Messages to the system's log daemon over its datagram socket, framed as libc's syslog(3) does. One connected socket for
// all of them.
//
// sync-ok(fstatSync): an open descriptor
// sync-ok(connectDatagram): a datagram socket to /dev/log or the journal, paths of the system,
// connected without waiting

import { fstatSync } from "node:fs";
import { clockText, localTime, MONTHS } from "../../core/logs/calendar.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Journal, Syslog, SyslogOutcome } from "../../ports/syslog.ts";
import { quietly } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { localOffsetMinutes } from "../time/local-time.ts";

const SOCKET_PATH = "/dev/log";
/** LOG_USER | LOG_INFO, as Python's syslog() sends. */
const PRIORITY = (1 << 3) | 6;
/** Longest message with its head: a line of a program, its name, and some more. Longer ones are cut. */
const LONGEST = 16 * 1024;
/** Messages of the daemon that wait for a log daemon which is behind. */
const MOST_WAITING = 1000;
const ENCODER = new TextEncoder();

interface SyslogOptions {
  /** Program name in front of each message. */
  readonly ident: string;
  readonly pipes: Pick<Pipes, "watch" | "unwatch">;
  readonly socketPath?: string;
}

/** A Syslog that speaks to /dev/log. */
export function createSyslog(options: SyslogOptions): Syslog {
  return new SyslogSocket(options);
}

class SyslogSocket implements Syslog {
  readonly #options: SyslogOptions;
  readonly #socket: LogSocket;
  readonly #datagram = new Uint8Array(LONGEST);
  /** The second of the head in front, and the length of the head. */
  #second = -1;
  #headLength = 0;
  /** Messages of the daemon that wait, framed. */
  #waiting: Uint8Array[] = [];

  constructor(options: SyslogOptions) {
    this.#options = options;
    this.#socket = new LogSocket(options.socketPath ?? SOCKET_PATH, options.pipes);
  }

  send(message: Uint8Array): SyslogOutcome {
    if (this.#waiting.length > 0) return "full";
    return this.#socket.write(this.#framed(message));
  }

  sendOwn(message: Uint8Array): void {
    const framed = this.#framed(message);
    if (this.#waiting.length === 0 && this.#socket.write(framed) !== "full") return;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(framed.slice());
    this.#watch();
  }

  #framed(message: Uint8Array): Uint8Array {
    this.#renewHead();
    const head = this.#headLength;
    const length = Math.min(message.length, LONGEST - head);
    this.#datagram.set(length === message.length ? message : message.subarray(0, length), head);
    return this.#datagram.subarray(0, head + length);
  }

  #renewHead(): void {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    this.#second = second;
    const head = ENCODER.encode(syslogHead(now, localOffsetMinutes(now), this.#options.ident));
    this.#headLength = Math.min(head.length, LONGEST);
    this.#datagram.set(head.subarray(0, LONGEST));
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (first !== undefined && this.#socket.write(first) === "full") {
        this.#watch(); // again, if the socket is another one by now
        return;
      }
      this.#waiting.shift();
    }
    this.#socket.unwatch();
  }

  #watch(): void {
    this.#socket.watch(() => this.#sendWaiting());
  }
}

/** `<14>Nov  1 08:05:09 ident: ` (RFC 3164; the day is padded with a blank). */
export function syslogHead(wallMs: number, offsetMinutes: number, ident: string): string {
  const t = localTime(wallMs, offsetMinutes);
  const date = `${MONTHS[t.month - 1]} ${String(t.day).padStart(2, " ")}`;
  return `<${PRIORITY}>${date} ${clockText(t)} ${ident}: `;
}

// A datagram socket that is connected to a log daemon. After a restart of the log daemon, a new one is made. Nothing waits.
// Without a log daemon, each datagram tries to connect: that costs two microseconds, and none is lost once there is one.

class LogSocket {
  readonly #path: string;
  readonly #pipes: Pick<Pipes, "watch" | "unwatch">;
  #fd = -1;
  #isWatched = false;

  constructor(path: string, pipes: Pick<Pipes, "watch" | "unwatch">) {
    this.#path = path;
    this.#pipes = pipes;
  }

  write(datagram: Uint8Array): SyslogOutcome {
    for (let tries = 0; tries < 2; tries += 1) {
      if (this.#fd < 0 && !this.#connect()) return "deaf";
      const written = posix().write(this.#fd, datagram);
      if (written >= 0) return "sent";
      const errno = errnoName(written);
      if (errno === "EAGAIN" || errno === "ENOBUFS") return "full";
      if (errno === "EMSGSIZE") return "sent"; // it would never be taken
      this.#disconnect();
    }
    return "deaf";
  }

  /** Calls back whenever there may be room, until `unwatch` or until the socket is replaced. */
  watch(writable: () => void): void {
    if (this.#isWatched || this.#fd < 0) return;
    this.#isWatched = true;
    this.#pipes.watch(this.#fd, "write", { writable });
  }

  unwatch(): void {
    if (this.#isWatched) this.#pipes.unwatch(this.#fd);
    this.#isWatched = false;
  }

  #connect(): boolean {
    this.#fd = posix().connectDatagram(this.#path);
    return this.#fd >= 0;
  }

  #disconnect(): void {
    this.unwatch();
    posix().close(this.#fd);
    this.#fd = -1;
  }
}

// Whether a descriptor leads to systemd's journal.

/** $JOURNAL_STREAM names device and inode of what systemd connected to the journal (systemd.exec(5)). */
export function isJournal(fd: number): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  const file = quietly(() => fstatSync(fd, { bigint: true }), null);
  return file !== null && stream === `${file.dev}:${file.ino}`;
}

// Messages to systemd's journal over its socket.

const JOURNAL_PATH = "/run/systemd/journal/socket";

/** A Journal that speaks to the host's. */
export function createJournal(
  pipes: Pick<Pipes, "watch" | "unwatch">,
  socketPath = JOURNAL_PATH,
): Journal {
  const socket = new LogSocket(socketPath, pipes);
  return {
    send: (message) => socket.write(message),
    whenReady: (resume) => {
      socket.unwatch();
      socket.watch(() => {
        socket.unwatch();
        resume();
      });
    },
  };
}
