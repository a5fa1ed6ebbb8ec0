// Pauses for faces that run one command: the delay of a reconnection, the time limit of a completion.

export interface Pause {
  /** Settles after that long, or at `cancel`. */
  readonly over: Promise<void>;
  cancel(): void;
}

export type StartPause = (milliseconds: number) => Pause;
