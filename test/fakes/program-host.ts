// A host whose files and users are what a test says.

import type { FileFacts } from "../../src/core/process/find-command.ts";
import type { LaunchUser } from "../../src/core/process/launch.ts";
import type { ProgramHost } from "../../src/ports/program-host.ts";

/** A file that can be executed. */
export const EXECUTABLE: FileFacts = { kind: "file", executable: true, permitted: true };

export class FakeProgramHost implements ProgramHost {
  readonly files = new Map<string, FileFacts>();
  readonly users = new Map<number, LaunchUser>();
  /** Every path that was looked at, in order. */
  readonly looked: string[] = [];
  ownUid = 0;

  look(path: string): FileFacts | null {
    this.looked.push(path);
    return this.files.get(path) ?? null;
  }

  user(uid: number): LaunchUser | null {
    return this.users.get(uid) ?? null;
  }
}
