// Files in memory that outlive the daemon, through which the pipes of event listeners pass: the next daemon knows exactly how much
// was written to a listener and read from it.

export interface ExchangeFiles {
  /** @returns a file for a pipe; null for a terminal, or without memory */
  create(pipe: number): number | null;
  /**
   * Until it is closed, what is read from the pipe or staged for it passes through the file.
   * @param taken bytes that were read and recorded before
   */
  join(pipe: number, file: number, taken: number): void;
  /** Whether a pipe has a file. */
  has(pipe: number): boolean;
  /** Bytes were read from the pipe, and are not recorded. */
  hasRest(pipe: number): boolean;
  /** Takes bytes for `pour`, behind those that wait. */
  stage(pipe: number, bytes: Uint8Array): "accepted" | "closed";
  /** Forgets bytes that wait. */
  unstage(pipe: number): void;
  /** Writes staged bytes. @returns how many wait for room in the pipe */
  pour(pipe: number): number | "closed";
  /** Closes the file of a pipe that is closed, or about to be. */
  close(file: number): void;
}
