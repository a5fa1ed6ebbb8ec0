// Small writes to logs of one file system that arrive within a few milliseconds are one job of the thread pool: waking a
// thread, and being woken by it, costs more than the write. The first write after a pause is sent at once.
//
//   quiet ──write──► sent at once ──writes within GATHER_MS──► gathering ──time over, enough, urgent──► sent

import { constants as system } from "node:os";
import type { LaneName } from "../../core/base/lanes.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { monotonic } from "../time/clock.ts";

import { inLaneOf, laneOf } from "./lanes.ts";

/** How long a write may wait for others, from the last job on. */
export const GATHER_MS = 5;
/** Bytes. A larger write gets a job of its own: it is worth one, and its log may be waiting to write more. */
export const SMALL_WRITE = 16 * 1024;
/** Most writes in one job, so that no caller waits long on a slow disk. */
const MOST_WRITES = 64;
/** Most pieces of one write. */
const MOST_PARTS = 16;
/** File systems that are remembered while no write waits for them. */
const REMEMBERED = 16;

interface Order {
  readonly fd: number;
  readonly parts: readonly Uint8Array[];
  readonly settle: (written: Result<number, Errno>) => void;
}

interface Gathering {
  readonly lane: LaneName;
  /** By descriptor: adjacent writes to the same descriptor would be taken for one write. */
  orders: Map<number, Order>;
  sentAt: number;
  timer: NodeJS.Timeout | null;
}

const gatherings = new Map<LaneName, Gathering>();

/** Whether `writeGathered` accepts a write. */
export function isSmallWrite(parts: readonly Uint8Array[]): boolean {
  if (parts.length > MOST_PARTS) return false;
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes <= SMALL_WRITE;
}

/**
 * Appends a small write to a file, together with others if possible. One write per descriptor at a time.
 * @param isUrgent the write is sent now, with all writes that wait for the same file system
 */
export function writeGathered(
  fd: number,
  parts: readonly Uint8Array[],
  isUrgent: boolean,
): Promise<Result<number, Errno>> {
  return new Promise((settle) => {
    const gathering = gatheringOf(laneOf(fd));
    if (gathering.orders.has(fd)) send(gathering);
    gathering.orders.set(fd, { fd, parts, settle });
    const now = monotonic();
    const left = gathering.sentAt + GATHER_MS - now;
    if (isUrgent || left <= 0 || gathering.orders.size >= MOST_WRITES) send(gathering);
    else gathering.timer ??= setTimeout(send, left, gathering);
  });
}

function gatheringOf(lane: LaneName): Gathering {
  const known = gatherings.get(lane);
  if (known !== undefined) return known;
  if (gatherings.size >= REMEMBERED) forgetQuiet();
  const gathering = { lane, orders: new Map<number, Order>(), sentAt: -Infinity, timer: null };
  gatherings.set(lane, gathering);
  return gathering;
}

function forgetQuiet(): void {
  for (const [lane, { orders }] of gatherings) if (orders.size === 0) gatherings.delete(lane);
}

function send(gathering: Gathering): void {
  const { lane, orders, timer } = gathering;
  if (timer !== null) clearTimeout(timer);
  gathering.timer = null;
  gathering.orders = new Map();
  gathering.sentAt = monotonic();
  void inLaneOf(lane, () => write([...orders.values()]));
}

async function write(orders: readonly Order[]): Promise<void> {
  const parts: Uint8Array[] = [];
  const fds: number[] = [];
  for (const order of orders) {
    for (const part of order.parts) {
      parts.push(part);
      fds.push(order.fd);
    }
  }
  const results = await posix().writeGathered(Int32Array.from(fds), parts);
  let index = 0;
  for (const { parts: own, settle } of orders) {
    const written = results?.[index] ?? -system.errno.ENOMEM;
    index += own.length;
    settle(written < 0 ? err(errnoName(written)) : ok(written));
  }
}
