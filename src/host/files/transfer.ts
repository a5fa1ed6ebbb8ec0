// Moves large amounts of output from a pipe to a file, on libuv's thread pool: see posix/transfer.c.

import type { Transfer, TransferOrder } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";

const RESTS = ["empty", "end", "more"] as const;

/** One step of a transfer. Both descriptors must stay open until it has ended. */
export async function transfer({ pipe, fd, room, isLast }: TransferOrder): Promise<Transfer> {
  const [moved = 0, lost = 0, errno = 0, rest = 0] = await posix().transfer(
    pipe,
    fd,
    room,
    isLast ? 1 : 0,
  );
  return {
    moved,
    lost,
    errno: errno === 0 ? null : errnoName(errno),
    rest: RESTS[rest] ?? "more",
  };
}
