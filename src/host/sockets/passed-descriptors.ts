// Descriptors that a program passes with its messages. Nothing is done with them, but their last close may wait, for example for
// the peer of a TCP socket with SO_LINGER, for as long as the program likes. So only another thread takes such messages and
// closes sockets that may hold some: one for each user, so that a user delays only his own programs.
//
// sync-ok(lstatSync): as for the socket of ready_check=notify: once for each socket with
// descriptors, and at its end

import { lstatSync } from "node:fs";
import type { NotifyChannel } from "../../ports/notify-channels.ts";
import { quietly } from "../error-code.ts";
import { closeFile, LANES, readFile } from "../files/file-calls.ts";

/** For sockets that were removed, whose user is unknown. */
const UNKNOWN_USER = -1;
/** Closes that may wait for one user. */
const MOST_CLOSING = 64;

/** Messages that are being taken, by descriptor. */
const drops = new Map<number, Promise<unknown>>();
const closing = new Map<number, number>();

/** Takes the next message and drops it with its descriptors. The channel must not be read meanwhile. */
export function dropNotice(channel: NotifyChannel): Promise<unknown> {
  const { fd } = channel;
  const rest = new Uint8Array(1);
  // read(2) has no room for descriptors: the kernel closes them, in this thread.
  const drop = readFile(fd, rest, null, laneOf(channel)).finally(() => drops.delete(fd));
  drops.set(fd, drop);
  return drop;
}

/** The message of a channel that is being taken, if one is. */
export function dropOf({ fd }: NotifyChannel): Promise<unknown> | null {
  return drops.get(fd) ?? null;
}

/** Closes the socket of a channel, once no thread reads from it. To be called before its path is removed. */
export function closeSoon(channel: NotifyChannel): void {
  const { fd } = channel;
  const lane = laneOf(channel);
  closing.set(lane, (closing.get(lane) ?? 0) + 1);
  const closed = async (): Promise<void> => {
    await drops.get(fd);
    await closeFile(fd, lane);
    const left = (closing.get(lane) ?? 1) - 1;
    if (left > 0) closing.set(lane, left);
    else closing.delete(lane);
  };
  void closed();
}

/** Whether too many sockets of a user's programs are waiting to be closed to create another one. */
export function closesTooMany(uid: number): boolean {
  return (closing.get(LANES.ofUser(uid)) ?? 0) >= MOST_CLOSING;
}

function laneOf({ path }: NotifyChannel): number {
  return LANES.ofUser(quietly(() => lstatSync(path ?? "").uid, UNKNOWN_USER));
}
