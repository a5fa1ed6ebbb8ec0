// Listening sockets that are made for programs, not for the daemon itself.

import type { Result } from "../core/base/result.ts";
import type { SocketConfig } from "../core/config/model.ts";
import type { FileIdentity, HeldSocket } from "../core/snapshot/snapshot.ts";

/** A socket that listens, for programs to accept on. */
export interface ListenerSocket {
  /** Blocking, because programs expect that of their stdin, and close-on-exec. */
  readonly fd: number;
  /** The lock beside a unix socket, held until `close`; null for TCP. */
  readonly lockFd: number | null;
  /** The file of a unix socket; null for TCP. */
  readonly file: FileIdentity | null;
  /**
   * Gives it another owner, mode and backlog, without waiting.
   * @param done called once, perhaps before this returns, with the error in one sentence or null; possibly never
   */
  adjust(config: SocketConfig, done: (problem: string | null) => void): void;
  /**
   * Closes it and gives its address back, when the disk of a unix socket answers: the file is removed if it is still
   * this one's. Does not wait.
   */
  close(): void;
}

export interface ListenerSockets {
  /**
   * Makes a socket, without waiting, after one that had its address is closed.
   * @param done called once, perhaps before this returns, with the socket or the error in one sentence; possibly never
   */
  open(config: SocketConfig, done: (result: Result<ListenerSocket, string>) => void): void;
  /**
   * Whether a socket could be made now, without making one. Does not wait: what would need a disk or a name server is not
   * tried. The error is one sentence.
   */
  probe(config: SocketConfig): Result<"free" | "untried", string>;
  /** Restores a socket of the predecessor. */
  adopt(config: SocketConfig, held: HeldSocket): ListenerSocket;
}
