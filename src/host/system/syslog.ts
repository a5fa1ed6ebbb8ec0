// Messages to the system's log daemon over its datagram socket, framed as libc's syslog(3) does.

import { localTime } from "../../core/logs/record.ts";
import type { Syslog } from "../../ports/syslog.ts";
import { localOffsetMinutes } from "../time/local-time.ts";

const SOCKET_PATH = "/dev/log";
/** LOG_USER | LOG_INFO, as Python's syslog() sends. */
const PRIORITY = (1 << 3) | 6;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ENCODER = new TextEncoder();

export interface SyslogOptions {
  /** Program name in front of each message. */
  readonly ident: string;
  /** Sends one datagram without waiting. @returns a negative number when it was not taken */
  readonly sendDatagram: (path: string, bytes: Uint8Array) => number;
  readonly socketPath?: string;
}

/** A Syslog that speaks to /dev/log. */
export function createSyslog(options: SyslogOptions): Syslog {
  const path = options.socketPath ?? SOCKET_PATH;
  return {
    send(message) {
      const now = Date.now();
      const head = ENCODER.encode(syslogHead(now, localOffsetMinutes(now), options.ident));
      const datagram = new Uint8Array(head.length + message.length);
      datagram.set(head);
      datagram.set(message, head.length);
      return options.sendDatagram(path, datagram) >= 0;
    },
  };
}

/** `<14>Nov  1 08:05:09 ident: ` (RFC 3164; the day is padded with a blank). */
export function syslogHead(wallMs: number, offsetMinutes: number, ident: string): string {
  const t = localTime(wallMs, offsetMinutes);
  const clock = [t.hour, t.minute, t.second].map((part) => String(part).padStart(2, "0")).join(":");
  return `<${PRIORITY}>${MONTHS[t.month - 1]} ${String(t.day).padStart(2, " ")} ${clock} ${ident}: `;
}
