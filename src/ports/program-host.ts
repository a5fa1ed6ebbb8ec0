// What starting programs must look up on the host.

import type { FileFacts } from "../core/process/find-command.ts";
import type { LaunchUser } from "../core/process/launch.ts";

export interface ProgramHost {
  /** Facts about a path, following links; null when nothing usable is there. */
  look(path: string): FileFacts | null;
  /** The groups of a user to run as; null when the uid is unknown to the host. */
  user(uid: number): LaunchUser | null;
  /** The daemon's own effective uid. */
  readonly ownUid: number;
}
