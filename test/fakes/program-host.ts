// A host whose files and users are defined by the test.

import type { FileFacts, LaunchUser } from "../../src/core/process/launch.ts";
import type { ProgramHost, UserAnswer } from "../../src/ports/program-host.ts";

/** A file that can be executed. */
export const EXECUTABLE: FileFacts = { kind: "file", executable: true, permitted: true };

export class FakeProgramHost implements ProgramHost {
  readonly files = new Map<string, FileFacts>();
  readonly users = new Map<number, LaunchUser | { readonly errno: string }>();
  /** Lookups that are kept back while `holdsUsers`. */
  readonly asked: (() => void)[] = [];
  holdsUsers = false;
  ownUid = 0;

  /** For the spawner, which looks for commands. */
  readonly look = (path: string): FileFacts | null => this.files.get(path) ?? null;

  user(uid: number, told: (answer: UserAnswer) => void): () => void {
    let isWanted = true;
    const tell = (): void => {
      if (isWanted) told(this.users.get(uid) ?? null);
    };
    if (this.holdsUsers) this.asked.push(tell);
    else tell();
    return () => {
      isWanted = false;
      const at = this.asked.indexOf(tell);
      if (at >= 0) this.asked.splice(at, 1);
    };
  }
}
