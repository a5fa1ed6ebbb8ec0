// Files and commands whose contents and outcomes a test decides.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { EnvCommand, EnvCommandOutcome } from "../../src/core/environment/env-command.ts";
import type { EnvironmentSources } from "../../src/ports/environment-sources.ts";

export interface PendingCommand {
  readonly command: EnvCommand;
  tell(outcome: EnvCommandOutcome): void;
}

export class FakeEnvironmentSources implements EnvironmentSources {
  /** Text, or an errno. */
  readonly files = new Map<string, { readonly text: string } | { readonly errno: string }>();
  /** Commands that are under way, oldest first. */
  readonly pending = new Set<PendingCommand>();
  /** Files do not answer until it is called. */
  hold: Promise<void> | null = null;

  readonly readFile = async (path: string): Promise<Result<Uint8Array, string>> => {
    await this.hold;
    const file = this.files.get(path) ?? { errno: "ENOENT" };
    return "errno" in file ? err(file.errno) : ok(new TextEncoder().encode(file.text));
  };

  runCommand(
    command: EnvCommand,
    done: (outcome: EnvCommandOutcome) => void,
    gone: () => void,
  ): () => void {
    const pending: PendingCommand = {
      command,
      tell: (outcome) => {
        if (!this.pending.delete(pending)) return;
        done(outcome);
        gone();
      },
    };
    this.pending.add(pending);
    return () => {
      if (this.pending.delete(pending)) gone();
    };
  }

  /** Nothing is in time. */
  isLate = false;

  async withinLimit<T>(work: Promise<T>): Promise<T | null> {
    return this.isLate ? null : await work;
  }
}
