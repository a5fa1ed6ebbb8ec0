// Descriptors that a program passes with its messages. Nothing is done with them, but their last close may wait, for example for
// the peer of a TCP socket with SO_LINGER, for as long as the program likes. So only threads of the pool take such messages and
// close sockets that may hold some: in a lane for each user, so that a user delays only his own programs.
//
// sync-ok(lstatSync): as for the socket of ready_check=notify: once for each socket with
// descriptors, and at its end

import { close, lstatSync, read } from "node:fs";
import type { LaneName } from "../../core/base/lanes.ts";
import type { NotifyChannel } from "../../ports/notify-channels.ts";
import { attempt, settle } from "../files/attempt.ts";
import { inLaneOf } from "../files/lanes.ts";

/** The lane of user 0: more than any device number, and than the lanes of others that have no device. */
const FIRST_LANE = 2 ** 52 + 2 ** 32;
/** The lane of sockets that were removed, whose user is unknown. */
const UNKNOWN_USER = FIRST_LANE - 1;
/** Closes that may wait for one user. */
const MOST_CLOSING = 64;

/** Messages that are being taken, by descriptor. */
const drops = new Map<number, Promise<unknown>>();
const closing = new Map<LaneName, number>();

/** Takes the next message and drops it with its descriptors. The channel must not be read meanwhile. */
export function dropNotice(channel: NotifyChannel): Promise<unknown> {
  const { fd } = channel;
  const rest = new Uint8Array(1);
  // read(2) has no room for descriptors: the kernel closes them, in this thread.
  const drop = inLaneOf(laneOf(channel), () =>
    attempt<number>((done) => read(fd, rest, 0, rest.length, null, done)),
  ).finally(() => drops.delete(fd));
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
    await inLaneOf(lane, () => settle((done) => close(fd, done)));
    const left = (closing.get(lane) ?? 1) - 1;
    if (left > 0) closing.set(lane, left);
    else closing.delete(lane);
  };
  void closed();
}

/** Whether too many sockets of a user's programs are waiting to be closed to create another one. */
export function closesTooMany(uid: number): boolean {
  return (closing.get(FIRST_LANE + uid) ?? 0) >= MOST_CLOSING;
}

function laneOf({ path }: NotifyChannel): LaneName {
  try {
    return FIRST_LANE + lstatSync(path ?? "").uid;
  } catch {
    return UNKNOWN_USER;
  }
}
