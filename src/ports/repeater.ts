// An action repeated while a client watches; the only thing in tsv that runs on a timer.

export interface Repeater {
  /**
   * Runs `act` every `ms`, counted from the end of the time before; one that takes long is done less often.
   * @returns what ends it
   */
  every(ms: number, act: () => Promise<void>): () => void;
}
