// Channels on which programs notify the daemon: a socket for sd_notify, or a descriptor for a line.

import type { Result } from "../core/base/result.ts";
import type { CheckTarget } from "../core/config/value-types.ts";
import type { ProgramNotice } from "../core/notify/sd-notify.ts";

export type NotifyTarget = Extract<CheckTarget, { kind: "notify" | "fd" }>;

/** The daemon's side of a channel. */
export interface NotifyChannel {
  /** Non-blocking, close-on-exec. */
  readonly fd: number;
  /** The path of a socket; null for a pipe. */
  readonly path: string | null;
}

/** A channel for a program that is about to start. */
export interface OpenedChannel {
  readonly channel: NotifyChannel;
  /** The descriptor that becomes the program's; null for a socket. It is closed once the start has begun. */
  readonly passed: { readonly target: number; readonly source: number } | null;
}

export interface NotifyHandler {
  /** A message arrived; a line feed on a descriptor is READY=1. */
  received(notice: ProgramNotice): void;
  /** A descriptor was closed without a line. */
  closed(): void;
  /** A message of an unrelated process was dropped. */
  unrelated(pid: number): void;
  /** Whether a process is the main process of any program. */
  isMain(pid: number): boolean;
}

export interface NotifyChannels {
  /**
   * Opens a channel, without waiting.
   * @param uid the user who can write to it; null for the daemon's user
   * @param done called once, perhaps before this returns, with the channel or the error; possibly never
   */
  open(
    target: NotifyTarget,
    uid: number | null,
    done: (result: Result<OpenedChannel, string>) => void,
  ): void;
  /** Closes the program's side. */
  closePassed(opened: OpenedChannel): void;
  /** Reads messages, a bounded amount in each turn. @param pid main process of the program */
  watch(channel: NotifyChannel, pid: number, handler: NotifyHandler): void;
  unwatch(channel: NotifyChannel): void;
  /** Closes a channel, and removes its socket. */
  close(channel: NotifyChannel): void;
}
