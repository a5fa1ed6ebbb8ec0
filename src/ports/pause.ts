// Waiting for a while, for faces that live as long as one command: the time a reconnection waits, the time that
// completion may take.

export interface Pause {
  /** Settles after that long, or at `cancel`. */
  readonly over: Promise<void>;
  cancel(): void;
}

export type StartPause = (milliseconds: number) => Pause;
