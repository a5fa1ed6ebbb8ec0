// Ways by which programs say themselves that they are ready: a socket for sd_notify, or a descriptor to write a line to.

import type { Result } from "../core/base/result.ts";
import type { CheckTarget } from "../core/config/value-types.ts";
import type { ProgramNotice } from "../core/notify/notice.ts";

export type SaidTarget = Extract<CheckTarget, { kind: "notify" | "fd" }>;

/** The daemon's side of one. */
export interface ReadyChannel {
  /** Non-blocking, close-on-exec. */
  readonly fd: number;
  /** The path of a socket; null for a pipe. */
  readonly path: string | null;
}

/** One that was made for a program which is about to start. */
export interface OpenedChannel {
  readonly channel: ReadyChannel;
  /** The descriptor that becomes the program's; null for a socket. To be closed when the program has begun to start. */
  readonly passed: { readonly target: number; readonly source: number } | null;
}

export interface ReadyHandler {
  /** It said something; a line feed on a descriptor is READY. */
  noticed(notice: ProgramNotice): void;
  /** A descriptor was closed without a line. */
  closed(): void;
  /** A process that is not the program's sent a message, which is dropped. */
  stranger(pid: number): void;
  /** Whether a process is the main one of any program. */
  isMain(pid: number): boolean;
}

export interface ReadyChannels {
  /**
   * Makes one, without waiting.
   * @param uid the user who may write to it; null for the daemon's own
   * @param told called once, perhaps before this returns, with it or why there is none; possibly never
   */
  open(
    target: SaidTarget,
    uid: number | null,
    told: (result: Result<OpenedChannel, string>) => void,
  ): void;
  /** Closes what a program was to get. */
  closePassed(opened: OpenedChannel): void;
  /** Reads what a program says, a bounded amount in each turn. @param pid its main process */
  watch(channel: ReadyChannel, pid: number, handler: ReadyHandler): void;
  unwatch(channel: ReadyChannel): void;
  /** Closes it, and removes a socket. */
  close(channel: ReadyChannel): void;
}
