// Something done again and again while somebody watches; the only thing in tsv that goes by the clock alone.

export interface Repeater {
  /**
   * Runs `act` every `ms`, counted from the end of the time before; one that takes long is done less often.
   * @returns what ends it
   */
  every(ms: number, act: () => Promise<void>): () => void;
}
