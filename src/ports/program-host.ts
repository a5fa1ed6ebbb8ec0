// Lookups on the host that starting programs needs.

import type { LaunchUser } from "../core/process/launch.ts";

/** What is known of a uid: null when the host has no such user; why it could not be asked, for example "EIO". */
export type UserAnswer = LaunchUser | { readonly errno: string } | null;

export interface ProgramHost {
  /**
   * Looks up a user to run as, without waiting: accounts may be on a server that does not answer.
   * @param told called once, perhaps before this returns; possibly never
   * @returns a function that ends the waiting: `told` is not called any more
   */
  user(uid: number, told: (answer: UserAnswer) => void): () => void;
  /** The daemon's own effective uid. */
  readonly ownUid: number;
}
