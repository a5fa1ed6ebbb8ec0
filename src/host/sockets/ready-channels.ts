// Sockets and pipes on which programs say that they are ready.

import { err, ok, type Result } from "../../core/base/result.ts";
import { MOST_NOTICE, parseNotice } from "../../core/notify/notice.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type {
  OpenedChannel,
  ReadyChannel,
  ReadyChannels,
  ReadyHandler,
} from "../../ports/ready-channels.ts";
import { errnoName, posix } from "../posix.ts";
import { isOfProgram } from "../processes/kinship.ts";
import { bindNotifySocket, removeNotifySocket } from "./notify-sockets.ts";

/** Messages that are taken from one program at once. After so many it is left alone for a moment. */
const MOST_AT_ONCE = 8;
const PAUSE_MS = 25;
const LINE_FEED = 0x0a;
const READY = parseNotice(new TextEncoder().encode("READY=1"));

/** All share them: reading is synchronous. */
const message = new Uint8Array(MOST_NOTICE);
const who = new Int32Array(2);

/** @param pipes watch what programs say */
export function createReadyChannels(pipes: Pipes): ReadyChannels {
  const pauses = new Map<number, NodeJS.Timeout>();
  const unwatch = ({ fd }: ReadyChannel): void => {
    clearTimeout(pauses.get(fd));
    pauses.delete(fd);
    pipes.unwatch(fd);
  };
  const watch = (channel: ReadyChannel, pid: number, handler: ReadyHandler): void => {
    const { fd, path } = channel;
    pipes.watch(fd, "read", {
      readable() {
        if (path === null) readLine(channel, handler);
        else if (receive(channel, pid, handler)) {
          pipes.unwatch(fd);
          const goOn = (): void => {
            pauses.delete(fd);
            watch(channel, pid, handler);
          };
          pauses.set(fd, setTimeout(goOn, PAUSE_MS).unref());
        }
      },
    });
  };
  /** A line feed, or the end, says all there is to say. */
  const readLine = (channel: ReadyChannel, handler: ReadyHandler): void => {
    const count = pipes.read(channel.fd, message);
    if (count === "empty") return;
    const isReady = count !== "end" && message.subarray(0, count).includes(LINE_FEED);
    if (!isReady && count !== "end") return;
    unwatch(channel);
    if (isReady) handler.noticed(READY);
    else handler.closed();
  };
  return {
    open(target, uid, told) {
      if (target.kind === "notify") void bindNotifySocket(uid).then(told);
      else told(openPipe(target.fd));
    },
    closePassed({ passed }) {
      if (passed !== null) posix().close(passed.source);
    },
    watch,
    unwatch,
    close(channel) {
      unwatch(channel);
      posix().close(channel.fd);
      if (channel.path !== null) removeNotifySocket(channel.path);
    },
  };
}

function openPipe(target: number): Result<OpenedChannel, string> {
  const ends = posix().pipe();
  if (typeof ends === "number") return err(`no pipe for it: ${errnoName(ends)}`);
  const [fd, source] = ends;
  posix().setNonblocking(fd);
  return ok({ channel: { fd, path: null }, passed: { target, source } });
}

/** @returns whether there is more, perhaps: it was a flood */
function receive({ fd }: ReadyChannel, pid: number, handler: ReadyHandler): boolean {
  for (let messages = 0; messages < MOST_AT_ONCE; messages += 1) {
    const count = posix().receiveNotice(fd, message, who);
    if (count < 0) return errnoName(count) !== "EAGAIN";
    const sender = who[0] ?? 0;
    if (isOfProgram(sender, pid)) handler.noticed(parseNotice(message.subarray(0, count)));
    else handler.stranger(sender);
  }
  return true;
}
