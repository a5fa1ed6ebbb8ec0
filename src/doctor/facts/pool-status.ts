// The state of a pool of event listeners.

/** A pool of event listeners, from tsv.getEventPools. */
export interface PoolStatus {
  readonly name: string;
  readonly bufferSize: number;
  readonly waiting: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly listeners: readonly { readonly name: string; readonly state: string }[];
}
