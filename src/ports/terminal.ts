// Standard input and output of a command line program, with or without a terminal.

export interface Terminal {
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  /** Standard output gets colours: see core/base/colours.ts. */
  readonly colours: boolean;
  /** The window behind standard output; null when there is none. */
  size(): WindowSize | null;
  /** Writes to standard output in order. After the reader went away it does nothing. */
  write(data: string | Uint8Array): void;
  /** Writes to standard error. */
  writeError(text: string): void;
  /** Shows a line on a terminal behind standard error in place of the one before; an empty one removes it. */
  replaceLine(text: string): void;
  /** The error by which output was lost, for example "ENOSPC"; null for none, and for a reader that went away. */
  outputFailure(): string | null;
  /** Calls back once when the reader of standard output has gone away. Returns the way to forget the callback. */
  onOutputClosed(callback: () => void): () => void;
  /**
   * Calls back at Ctrl-C instead of ending the process. The newest callback alone is called: what is innermost ends
   * first. Returns the way to forget the callback.
   */
  onInterrupt(callback: () => void): () => void;
  /**
   * Calls back when the process is asked to end (SIGHUP, SIGTERM), just before it does. Returns a function that removes the
   * callback.
   */
  onHangup(callback: () => void): () => void;
  /** Shows the prompt and reads one line, without its line end; null at the end of input. */
  readLine(prompt: string): Promise<string | null>;
  /** Like `readLine`, without showing what is typed. */
  readSecret(prompt: string): Promise<string | null>;
  /** Lines that a person edits, with completion and history. Loaded on first use; only for a terminal on both sides. */
  openEditor(options: EditorOptions): Promise<LineEditor>;
  /**
   * Passes keys on one by one, unseen, instead of lines, until they are closed. Loaded on first use.
   * @returns null without a terminal on both sides
   */
  openKeys(handlers: KeyHandlers): Promise<Keys | null>;
  /** Lets go of standard input. */
  close(): void;
}

/** What happens in front of a terminal whose keys are passed on. */
export interface KeyHandlers {
  /** The bytes of keys; Ctrl-C and Ctrl-Z are keys like any other. */
  readonly keys: (bytes: Uint8Array) => void;
  readonly resized: (size: WindowSize) => void;
  /** No key will come any more: the input ended, or a signal asks this process to end, which it does after `close`. */
  readonly ended: () => void;
}

/** A terminal whose keys are passed on. */
export interface Keys {
  /** Puts the terminal back as it was. */
  close(): void;
}

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** The words that are possible where Tab was pressed. */
export interface Completion {
  /** The part of the line that they replace: it ends at the cursor. */
  readonly fragment: string;
  readonly words: readonly string[];
}

/** The options of a line editor. */
export interface EditorOptions {
  /** Lines typed before, oldest first. */
  readonly history: readonly string[];
  /** How many lines Up reaches back. */
  readonly historySize: number;
  /** @param before the line up to the cursor */
  readonly complete: (before: string) => Promise<Completion>;
}

/** A prompt with line editing. Ctrl-C calls whom `Terminal.onInterrupt` names, and the line stays unread. */
export interface LineEditor {
  /** Shows the prompt and lets a person type; null at Ctrl-D. */
  readLine(prompt: string): Promise<string | null>;
  /** Lines typed since, oldest first. */
  typed(): readonly string[];
  /** Gives up a line that is being edited and puts the terminal back as it was. */
  close(): void;
}
