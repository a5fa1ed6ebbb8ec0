// Standard input and output as a command line program sees them, whether or not a person sits behind them.

export interface Terminal {
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  /** Colours are wanted: a terminal, and the user did not say NO_COLOR. */
  readonly colours: boolean;
  /** Writes to standard output in order. After the reader went away it does nothing. */
  write(data: string | Uint8Array): void;
  /** Writes to standard error. */
  writeError(text: string): void;
  /** Settles when everything written has left the process. */
  flush(): Promise<void>;
  /** Why standard output took no more (disk full, closed), or null. A reader that went away is not a failure. */
  outputFailure(): string | null;
  /** Calls back once when the reader of standard output has gone away. Returns the way to forget the callback. */
  onOutputClosed(callback: () => void): () => void;
  /**
   * Calls back at Ctrl-C instead of ending the process. The newest callback alone is called: what is innermost ends
   * first. Returns the way to forget the callback.
   */
  onInterrupt(callback: () => void): () => void;
  /** Shows the prompt and reads one line, without its line end; null at the end of input. */
  readLine(prompt: string): Promise<string | null>;
  /** Like `readLine`, without showing what is typed. */
  readSecret(prompt: string): Promise<string | null>;
  /** Lets go of standard input. */
  close(): void;
}
