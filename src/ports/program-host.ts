// Lookups of users for programs.

import type { LaunchUser } from "../core/process/launch.ts";

/** A user; null if the host has none with that uid; the error of the lookup, for example "EIO". */
export type UserAnswer = LaunchUser | { readonly errno: string } | null;

export interface ProgramHost {
  /**
   * Looks up a user, without waiting: accounts may be on a server that does not answer.
   * @param done called once, perhaps before this returns; possibly never
   * @returns cancels it
   */
  user(uid: number, done: (answer: UserAnswer) => void): () => void;
  /** The daemon's own effective uid. */
  readonly ownUid: number;
}
