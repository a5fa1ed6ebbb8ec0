// Messages to the system's log daemon over its datagram socket, framed as libc's syslog(3) does. One connected socket for
// all of them.

import { localTime } from "../../core/logs/record.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Syslog, SyslogOutcome } from "../../ports/syslog.ts";
import { localOffsetMinutes } from "../time/local-time.ts";
import { LogSocket } from "./log-socket.ts";

const SOCKET_PATH = "/dev/log";
/** LOG_USER | LOG_INFO, as Python's syslog() sends. */
const PRIORITY = (1 << 3) | 6;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
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
  const clock = [t.hour, t.minute, t.second].map((part) => String(part).padStart(2, "0")).join(":");
  return `<${PRIORITY}>${MONTHS[t.month - 1]} ${String(t.day).padStart(2, " ")} ${clock} ${ident}: `;
}
