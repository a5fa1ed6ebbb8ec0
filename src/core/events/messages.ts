// Lines of the activity log about events. The texts are Supervisor's (section 5.2) where it has one; like its lines
// they show the process name without its group.

export const eventMessages = {
  listenerState: (name: string, from: string, to: string) => `${name}: ${from} -> ${to}`,
  processed: (name: string) => `${name}: event was processed`,
  rejected: (name: string) => `${name}: event was rejected`,
  failed: (name: string) => `${name}: event caused an error`,
  badLine: (name: string, line: string) => `${name}: bad result line: '${line}'`,
  unknown: (name: string) =>
    `${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol`,
  sent: (serial: number, name: string) => `event ${serial} sent to listener ${name}`,
  pipeClosed: (serial: number, name: string) =>
    `epipe occurred while sending event ${serial} to listener ${name}, listener state unchanged`,
  rebuffering: (serial: number, pool: string, length: number, max: number) =>
    `rebuffering event ${serial} for pool ${pool} (buf size=${length}, max=${max})`,
  overflow: (pool: string, serial: number) =>
    `pool ${pool} event buffer overflowed, discarding event ${serial}`,
  moreOverflow: (pool: string, more: number, total: number) =>
    `pool ${pool} event buffer overflowed, discarded ${more} more ${more === 1 ? "event" : "events"} since the last such line, ${total} in all: its listeners are too slow, failing or down, or its buffer_size is too small`,
  undelivered: (pool: string, left: number) =>
    `pool ${pool} ends with ${left} ${left === 1 ? "event" : "events"} that no listener handled`,
  resting: (name: string, failures: number, waitMs: number) =>
    `${name}: rejected ${failures} events in a row, gets the next one in ${waitMs / 1000} seconds`,
} as const;
