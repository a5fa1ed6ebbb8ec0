// The daemon's ends of its programs' pipes. One watcher for all of them, so that idle programs cost nothing.

export interface PipeHandler {
  /** Data can be read, or the writers have exited. Unread data is announced again. */
  readable?(fd: number): void;
  /** There is room to write. */
  writable?(fd: number): void;
  /** It is waited for: it is not gathered with chatter. */
  readonly isUrgent?: boolean;
}

/** Outcome of a read: bytes taken (never 0), nothing there now, or no writer left. */
export type ReadOutcome = number | "empty" | "end";

export interface Pipes {
  /** Announces readiness of `fd` to `handler` until `unwatch` or `close`. */
  watch(fd: number, interest: "read" | "write", handler: PipeHandler): void;
  unwatch(fd: number): void;
  /** Reads available data into `buffer`. A broken pipe is "end". */
  read(fd: number, buffer: Uint8Array): ReadOutcome;
  /** Whether there is nothing to read now, as far as is known. */
  isEmpty(fd: number): boolean;
  /** Writes what fits now. @returns bytes taken, or "closed" when no reader is left */
  write(fd: number, bytes: Uint8Array): number | "closed";
  /** Stops watching and closes. */
  close(fd: number): void;
}
