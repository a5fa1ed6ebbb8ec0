// An event as it is sent to a listener's stdin: one header line, then the payload.

import type { EventBody } from "./payload.ts";

/** An event that some pool wanted. */
export interface EmittedEvent extends EventBody {
  /** Of the daemon: incremented for each event with a subscriber, also across reloads. */
  readonly serial: number;
}

/** An event as one pool holds it. */
export interface PooledEvent {
  readonly event: EmittedEvent;
  /** Of the pool: kept when the event is sent again. */
  readonly poolSerial: number;
}

/** Memory of an event apart from its payload. */
const EVENT_BYTES = 256;

/** Memory in bytes that an event takes while it waits, at most: a character may take two. */
export function eventBytes({ payload }: EmittedEvent): number {
  return EVENT_BYTES + 2 * payload.length;
}

/** Header and payload. */
export function envelope(server: string, pool: string, { event, poolSerial }: PooledEvent): string {
  const { serial, name, payload } = event;
  const length = codePoints(payload);
  return (
    `ver:3.0 server:${server} serial:${serial} pool:${pool} poolserial:${poolSerial} ` +
    `eventname:${name} len:${length}\n${payload}`
  );
}

/**
 * The length that the header tells.
 * @remarks Supervisor counts code points, neither bytes nor UTF-16 units, and listeners read as many characters from
 * a text stream: with any other number they wait forever, or cut.
 */
export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0xd800 || code > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}
