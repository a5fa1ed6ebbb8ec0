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
import { closeSoon, dropNotice, dropOf } from "./passed-descriptors.ts";

/** Messages that are taken from one program at once. After so many it is left alone for a moment. */
const MOST_AT_ONCE = 8;
const PAUSE_MS = 25;
const LINE_FEED = 0x0a;
const READY = parseNotice(new TextEncoder().encode("READY=1"));

/** All share them: reading is synchronous. */
const message = new Uint8Array(MOST_NOTICE);
const who = new Int32Array(3);

/** @param pipes watch what programs say */
export function createReadyChannels(pipes: Pipes): ReadyChannels {
  const pauses = new Map<number, NodeJS.Timeout>();
  /** Tells a watch from an earlier one of the same descriptor number. */
  const watches = new Map<number, object>();
  const unwatch = ({ fd }: ReadyChannel): void => {
    watches.delete(fd);
    clearTimeout(pauses.get(fd));
    pauses.delete(fd);
    pipes.unwatch(fd);
  };
  const watch = (channel: ReadyChannel, pid: number, handler: ReadyHandler): void => {
    const { fd, path } = channel;
    const token = {};
    watches.set(fd, token);
    const goOn = (): void => {
      if (watches.get(fd) === token) watch(channel, pid, handler);
    };
    const drop = dropOf(channel);
    if (drop !== null) {
      void drop.then(goOn);
      return;
    }
    pipes.watch(fd, "read", {
      readable() {
        if (path === null) {
          readLine(channel, handler);
          return;
        }
        const next = receive(channel, pid, handler);
        if (next === "empty") return;
        pipes.unwatch(fd);
        if (next === "descriptors") void dropNotice(channel).then(goOn);
        else pauses.set(fd, setTimeout(goOn, PAUSE_MS).unref());
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
      if (channel.path === null) posix().close(channel.fd);
      else {
        closeSoon(channel);
        removeNotifySocket(channel.path);
      }
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

/** Takes what is there, but not too much. @returns what is left: more perhaps, or a message with descriptors, already heard */
function receive(
  { fd }: ReadyChannel,
  pid: number,
  handler: ReadyHandler,
): "empty" | "more" | "descriptors" {
  for (let messages = 0; messages < MOST_AT_ONCE; messages += 1) {
    const count = posix().receiveNotice(fd, message, who);
    if (count < 0) return errnoName(count) === "EAGAIN" ? "empty" : "more";
    const [sender = 0, , descriptors] = who;
    if (isOfProgram(sender, pid, handler.isMain))
      handler.noticed(parseNotice(message.subarray(0, count)));
    else handler.stranger(sender);
    if (descriptors === 1) return "descriptors";
  }
  return "more";
}
